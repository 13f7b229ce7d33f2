// Package load drives one server with one workload and measures what comes out.
package load

import (
	"fmt"
	"time"
)

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
	Settle  time.Duration // rest after all that, before the heap is looked at once more; 0 is none
}

// settling is long enough for the gateway to collect garbage: it does after three to six seconds of rest.
const settling = 6500 * time.Millisecond

// Standard returns the workload that the project's figures are made with; idle is the number of connections in Idle.
// quick shortens it to what is enough to see a large change.
func Standard(kind Kind, idle int, quick bool) (Spec, error) {
	s := Spec{Kind: kind, Size: 100, Warmup: time.Second, Window: 3 * time.Second, Drain: 3 * time.Second}
	if quick {
		s.Warmup, s.Window, s.Drain = 500*time.Millisecond, 1500*time.Millisecond, time.Second
	}
	switch kind {
	case Fanout, Linger:
		s.Clients, s.Topics, s.Rate = 500, 10, 150
	case Peak: // the rate is where it begins
		s.Clients, s.Topics, s.Rate = 500, 10, 100
		s.Warmup, s.Window, s.Drain = 500*time.Millisecond, 1500*time.Millisecond, time.Second
	case Rooms, Upstream, Events:
		s.Clients, s.Topics, s.Rate = 50, 50, 20_000
	case Polling:
		s.Clients, s.Topics, s.Rate = 50, 10, 40
	case Idle:
		s.Clients, s.Warmup, s.Window = idle, settling, time.Second
	case Calm, Slow: // 1 MB/s toward each client: the warm-up fills the kernel's buffers to a stalled one, 2.8 MB, and the
		// window the server's. More, and a busy machine would conflate for those who read too.
		s.Clients, s.Topics, s.Rate, s.Size = 80, 10, 250, 4000
		s.Warmup, s.Window, s.Settle = 3*time.Second, 3*time.Second, settling
		if quick {
			s.Settle = 0
		}
		if kind == Slow {
			s.Stalled = 20
		}
	default:
		return s, fmt.Errorf("unknown workload %q, have %q", kind, Kinds())
	}
	return s, nil
}

// fan is the number of deliveries due for one message.
func (s Spec) fan() int64 {
	if s.Kind.toAll() {
		return int64(s.Clients)
	}
	return 1
}

// limit bounds a whole run.
func (s Spec) limit() time.Duration {
	return 15*time.Second + 2*(s.Warmup+s.Window+s.Drain) + s.Settle
}

// Target is a running server.
type Target struct {
	HTTP      string // host:port of its socket.io server
	MQTT      string // host:port of its broker
	Path      string // Engine.IO path
	Namespace string // where this workload's events are
	PID       int    // process measured; 0 if it is not on this machine
}
