package load

import (
	"context"
	"sync"
	"time"

	"gateway/bench/internal/hist"
	"gateway/bench/internal/stamp"
)

// sink counts deliveries.
type sink struct {
	created   int64 // Unix time in nanoseconds
	mu        sync.Mutex
	after     int64     // sequence numbers up to here belong to the warm-up
	seen      [][]int64 // last sequence number, by connection and topic
	delivered int64
	disorder  int64
	lost      int64
	last      time.Time
	latency   hist.Histogram
}

func newSink(clients, topics int) *sink {
	s := &sink{seen: make([][]int64, clients), created: time.Now().UnixNano()}
	for i := range s.seen {
		s.seen[i] = make([]int64, topics)
	}
	return s
}

// count takes the delivery of b on connection id. What carries no stamp of this run is not counted: a server may replay to
// new clients what another run published.
func (s *sink) count(id int, b []byte, at time.Time) {
	st, ok := stamp.Find(b)
	s.mu.Lock()
	defer s.mu.Unlock()
	if !ok || st.At < s.created || st.Seq <= s.after || st.Topic >= len(s.seen[id]) {
		return
	}
	s.delivered++
	s.last = at
	s.latency.Add(at.Sub(time.Unix(0, st.At)))
	if last := &s.seen[id][st.Topic]; st.Seq > *last {
		*last = st.Seq
	} else {
		s.disorder++
	}
}

// lose notes that a connection ended.
func (s *sink) lose(int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lost++
}

// begin starts the measured window: only sequence numbers above seq count from here.
func (s *sink) begin(seq int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.after, s.delivered, s.disorder, s.latency = seq, 0, 0, hist.Histogram{}
}

// await returns when n deliveries were counted, after limit, or when ctx ends.
func (s *sink) await(ctx context.Context, n int64, limit time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for ctx.Err() == nil {
		s.mu.Lock()
		enough := s.delivered >= n
		s.mu.Unlock()
		if enough {
			return
		}
		pause(ctx, 5*time.Millisecond)
	}
}

// pause sleeps for d or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
