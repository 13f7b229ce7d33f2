package bus

import (
	"sync"
	"sync/atomic"

	"gateway/internal/fault"
)

// counters are kept on the hot path and read by the metrics endpoint.
type counters struct {
	in      [7]atomic.Uint64 // by adapters, in the order of the list below
	bytes   atomic.Uint64
	refused sync.Map // fault.Code -> *atomic.Uint64
}

// Stats are the bus's counters since the start.
type Stats struct {
	In      map[Adapter]uint64    // messages taken, by where they came from
	Bytes   uint64                // payload bytes taken
	Refused map[fault.Code]uint64 // messages refused, by reason
}

func adapters() [7]Adapter {
	return [7]Adapter{FromMQTT, FromSocketIO, FromLink, FromHTTP, FromSource, FromBridge, FromGateway}
}

func adapterIndex(a Adapter) int {
	switch a {
	case FromMQTT:
		return 0
	case FromSocketIO:
		return 1
	case FromLink:
		return 2
	case FromHTTP:
		return 3
	case FromSource:
		return 4
	case FromBridge:
		return 5
	default:
		return 6
	}
}

func (c *counters) count(m *Message) {
	c.in[adapterIndex(m.Origin.Adapter)].Add(1)
	c.bytes.Add(uint64(len(m.Payload)))
}

func (c *counters) refuse(code fault.Code) {
	n, _ := c.refused.LoadOrStore(code, new(atomic.Uint64))
	n.(*atomic.Uint64).Add(1)
}

// Stats returns the counters.
func (b *Bus) Stats() Stats {
	s := Stats{In: map[Adapter]uint64{}, Bytes: b.stats.bytes.Load(), Refused: map[fault.Code]uint64{}}
	for i, a := range adapters() {
		s.In[a] = b.stats.in[i].Load()
	}
	b.stats.refused.Range(func(code, n any) bool {
		s.Refused[code.(fault.Code)] = n.(*atomic.Uint64).Load()
		return true
	})
	return s
}
