// Package load drives one server with one workload and measures what comes out.
package load

import (
	"fmt"
	"time"
)

// Kind is what a workload does.
type Kind string

// The workloads.
const (
	Fanout   Kind = "fanout"   // every client gets every message
	Rooms    Kind = "rooms"    // client i gets topic i only
	Upstream Kind = "upstream" // clients emit, one MQTT subscriber counts
	Idle     Kind = "idle"     // connections that do nothing: memory per connection
	Slow     Kind = "slow"     // fan-out while some clients read nothing; only the others count
)

// Kinds are the workloads in the order of a report.
func Kinds() []Kind { return []Kind{Fanout, Rooms, Upstream, Idle, Slow} }

// Spec is one workload.
type Spec struct {
	Kind    Kind
	Clients int           // socket.io connections
	Stalled int           // connections more, that read nothing
	Topics  int           // MQTT topics published to, in turn
	Rate    int           // messages a second over all topics
	Size    int           // payload bytes
	Warmup  time.Duration // load before the measured window
	Window  time.Duration // measured
	Drain   time.Duration // at most, to await late deliveries
}

// Standard returns the workload that the project's figures are made with; idle is the number of connections in Idle.
// quick shortens it to what is enough to see a large change.
func Standard(kind Kind, idle int, quick bool) (Spec, error) {
	s := Spec{Kind: kind, Size: 100, Warmup: 1500 * time.Millisecond, Window: 4 * time.Second, Drain: 3 * time.Second}
	if quick {
		s.Warmup, s.Window, s.Drain = 700*time.Millisecond, 1800*time.Millisecond, time.Second
	}
	switch kind {
	case Fanout:
		s.Clients, s.Topics, s.Rate = 500, 10, 150
	case Rooms:
		s.Clients, s.Topics, s.Rate = 50, 50, 20_000
	case Upstream:
		s.Clients, s.Topics, s.Rate = 50, 50, 20_000
	case Idle:
		s.Clients = idle
	case Slow: // 2 MB/s toward each client: enough to fill every buffer on the way to a stalled one
		s.Clients, s.Stalled, s.Topics, s.Rate, s.Size = 20, 5, 10, 1000, 2000
	default:
		return s, fmt.Errorf("unknown workload %q, have %q", kind, Kinds())
	}
	return s, nil
}

// fan is the number of deliveries due for one message.
func (s Spec) fan() int64 {
	if s.Kind == Fanout || s.Kind == Slow {
		return int64(s.Clients)
	}
	return 1
}

// limit bounds a whole run.
func (s Spec) limit() time.Duration {
	return 30*time.Second + 2*(s.Warmup+s.Window+s.Drain)
}

// Target is a running server.
type Target struct {
	HTTP      string // host:port of its socket.io server
	MQTT      string // host:port of its broker
	Path      string // Engine.IO path
	Namespace string // where this workload's events are
	PID       int    // process measured; 0 if it is not on this machine
}

// Result is what one run measured.
type Result struct {
	Expected, Delivered int64
	PerSecond           float64       // deliveries, over the time to the last publish or the last delivery, whichever is later
	P50, P99            time.Duration // from publish to delivery
	OutOfOrder          int64         // deliveries not later in sequence than the one before, per connection and topic
	Lost                int64         // connections that ended although they read
	CutOff              int64         // stalled connections that the server closed
	CPUPerEvent         time.Duration // server's CPU time for one delivery
	CPUShare            float64       // server's CPU time, in cores
	GeneratorShare      float64       // this process's; near 1 the generator is the limit
	OtherShare          float64       // all other processes', in cores
	PerConnection       float64       // KiB resident for one connection
	RSS                 float64       // MiB resident at the end of the window
}

// disturbance is what other processes may use, in cores, before figures stop to be comparable: a server that has to
// wait for a core gathers more for each write.
const disturbance = 0.3

// Disturbed says that other processes used so much CPU time that the figures are doubtful.
func (r Result) Disturbed() bool { return r.OtherShare > disturbance }

// DeliveredShare is the part delivered of what was due, 0 to 1.
func (r Result) DeliveredShare() float64 {
	return float64(r.Delivered) / float64(max(r.Expected, 1))
}
