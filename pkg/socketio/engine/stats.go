package engine

import (
	"maps"
	"sync"
	"sync/atomic"
)

// Stats is a snapshot of a server's counters, since its start but for
// Connections and QueuedBytes.
type Stats struct {
	Connections           int
	PacketsIn, PacketsOut uint64
	BytesIn, BytesOut     uint64
	QueuedBytes           int64
	Disconnects           map[Reason]uint64
	Volatile              uint64 // frames dropped for [Mode].Volatile
	Conflated             uint64 // frames replaced for [Mode].Key
	Slow                  uint64 // frames that closed their connection
}

type stats struct {
	packetsIn, bytesIn        atomic.Uint64
	polledOut, polledBytes    atomic.Uint64
	volatile, conflated, slow atomic.Uint64

	mu      sync.Mutex
	reasons map[Reason]uint64
}

func (s *stats) drop(n *atomic.Uint64) { n.Add(1) }

func (s *stats) in(bytes int) {
	s.packetsIn.Add(1)
	s.bytesIn.Add(uint64(bytes))
}

func (s *stats) ended(r Reason) {
	s.mu.Lock()
	if s.reasons == nil {
		s.reasons = make(map[Reason]uint64)
	}
	s.reasons[r]++
	s.mu.Unlock()
}

// Stats returns the counters now. It visits every connection.
func (s *Server) Stats() Stats {
	st := Stats{
		PacketsIn: s.stats.packetsIn.Load(), BytesIn: s.stats.bytesIn.Load(),
		PacketsOut: s.stats.polledOut.Load(), BytesOut: s.stats.polledBytes.Load(),
		Volatile: s.stats.volatile.Load(), Conflated: s.stats.conflated.Load(), Slow: s.stats.slow.Load(),
	}
	for _, sh := range s.shards {
		st.PacketsOut += sh.frames.Load()
		st.BytesOut += sh.bytes.Load()
	}
	for _, c := range s.snapshot() {
		st.Connections++
		st.QueuedBytes += int64(c.queued())
	}
	s.stats.mu.Lock()
	st.Disconnects = maps.Clone(s.stats.reasons)
	s.stats.mu.Unlock()
	return st
}
