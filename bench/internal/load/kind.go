package load

import "slices"

// Kind is what a workload does.
type Kind string

// The workloads.
const (
	Fanout   Kind = "fanout"   // every client gets every message
	Linger   Kind = "linger"   // Fanout against a server that waits 5 ms to gather more for each write
	Rooms    Kind = "rooms"    // client i gets topic i only
	Upstream Kind = "upstream" // clients emit, one MQTT subscriber counts
	Events   Kind = "events"   // clients emit, a handler of the server counts: no broker
	Polling  Kind = "polling"  // Fanout to clients that poll
	Peak     Kind = "peak"     // Fanout at rising rates, until the server delivers less than 99.9 %
	Idle     Kind = "idle"     // connections that do nothing: memory per connection
	Calm     Kind = "calm"     // Slow without the clients that read nothing, to compare with
	Slow     Kind = "slow"     // fan-out while some clients read nothing; only the others count
)

// Kinds are the workloads in the order of a report.
func Kinds() []Kind {
	return []Kind{Fanout, Linger, Rooms, Upstream, Events, Polling, Calm, Slow, Peak, Idle}
}

// Repeats says whether a workload's figures vary so much that only the median of several runs tells. Of the others
// one takes long, and the other varies little.
func (k Kind) Repeats() bool { return k != Peak && k != Idle }

// Reference returns the workload that the figures of this one are compared with: for most the same, of other servers.
func (k Kind) Reference() Kind {
	if k == Linger {
		return Fanout
	}
	return k
}

// With says whether the two belong together, so that their runs must alternate.
func (k Kind) With(other Kind) bool {
	return k.Reference() == other.Reference() || slices.Contains([]Kind{Calm, Slow}, k) && slices.Contains([]Kind{Calm, Slow}, other)
}

// UsesBroker says that the load needs the server's MQTT broker.
func (k Kind) UsesBroker() bool { return k != Idle && k != Events }

// toAll says that every client gets every message.
func (k Kind) toAll() bool {
	return slices.Contains([]Kind{Fanout, Linger, Polling, Peak, Calm, Slow}, k)
}

// emits says that the clients emit.
func (k Kind) emits() bool { return k == Upstream || k == Events }
