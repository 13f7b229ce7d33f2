package socketio

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gateway/pkg/socketio/internal/siotest"
)

// While a handler waits for an acknowledgement its socket is read on, and the
// events that come wait for their turn, in order.
func TestHandlerWaitsWhileReadingGoesOn(t *testing.T) {
	srv, base := serve(t, Options{})
	done := make(chan string, 1000)
	srv.Namespace("/").OnConnect(func(s *Socket) {
		s.On("ask", func(ctx context.Context, e *Event) {
			args, err := s.Call(ctx, "question")
			if err != nil {
				t.Error(err)
				return
			}
			done <- "ask " + string(args[0].JSON)
		})
		s.On("e", func(_ context.Context, e *Event) { done <- "e " + string(e.Args[0].JSON) })
	})
	r := openRaw(t, base)
	for round := range 20 {
		r.Text(`42["ask"]`)
		question, err := r.Next()
		if want := fmt.Sprintf(`42%d["question"]`, round+1); err != nil || question != want {
			t.Fatalf("got %q, %v; want %q", question, err, want)
		}
		for i := range 200 {
			r.Text(fmt.Sprintf(`42["e",%d]`, i))
		}
		eventually(t, "all is read", func() bool { return srv.Stats().PacketsIn == uint64(1+round*202+201) })
		if len(done) != 0 {
			t.Fatalf("%q was handled out of turn", <-done)
		}
		r.Text(fmt.Sprintf(`43%d["answer"]`, round+1))
		want := []string{`ask "answer"`}
		for i := range 200 {
			want = append(want, fmt.Sprint("e ", i))
		}
		for _, w := range want {
			if got := recv(t, done); got != w {
				t.Fatalf("got %q, want %q", got, w)
			}
		}
	}
}

// A client whose events are not handled is read no further than the queue of
// its events allows, and nothing is lost when they are.
func TestEventsWaitInABoundedQueue(t *testing.T) {
	srv, base := serve(t, Options{})
	n := srv.Namespace("/")
	release := make(chan struct{})
	var handled atomic.Int64
	var disorder atomic.Int64
	n.OnConnect(func(s *Socket) {
		s.On("e", func(_ context.Context, e *Event) {
			<-release
			if string(e.Args[0].JSON) != fmt.Sprint(handled.Add(1)-1) {
				disorder.Add(1)
			}
		})
	})
	r, good := openRaw(t, base), openRaw(t, base)
	const events, size = 500, 10_000
	var sent atomic.Int64
	r.Conn.(*net.TCPConn).SetWriteBuffer(16 << 10)
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := range events {
			r.Text(fmt.Sprintf(`42["e",%d,"%s"]`, i, strings.Repeat("x", size)))
			sent.Add(1)
		}
	})
	const most = 2 + maxJobBytes/size + 2 // joins, waiting, being handled and about to wait
	eventually(t, "the queue is full", func() bool { return srv.Stats().PacketsIn >= most-1 })
	for range 100 { // whatever the others do, it stays so
		n.Emit("tick")
		if got, err := good.Next(); got != `42["tick"]` {
			t.Fatalf("%q, %v", got, err)
		}
	}
	if in := srv.Stats().PacketsIn; in > most+1 {
		t.Errorf("%d packets were read, want at most %d", in, most+1)
	}
	if sent.Load() == events {
		t.Error("the kernel took everything: the test proves nothing")
	}
	close(release)
	wait(t, &wg)
	eventually(t, "all are handled", func() bool { return handled.Load() == events })
	if disorder.Load() != 0 {
		t.Errorf("%d events out of order", disorder.Load())
	}
}

// Of every emitter each socket sees the events in order and without a gap,
// and all sockets see the same order, however many emit at once.
func TestAllSeeOneOrder(t *testing.T) {
	srv, base := serve(t, Options{MaxQueueBytes: 8 << 20, MaxQueuePackets: 1 << 20})
	n := srv.Namespace("/")
	const clients, emitters, each = 10, 8, 250
	n.OnConnect(func(s *Socket) { s.Join("r") })
	var all []*siotest.Raw
	for range clients {
		all = append(all, openRaw(t, base))
	}
	var wg sync.WaitGroup
	for e := range emitters {
		wg.Go(func() {
			for i := range each {
				switch e % 3 {
				case 0:
					n.Emit("e", e, i)
				case 1:
					n.To("r").Emit("e", e, i)
				case 2:
					n.To("r", "s").Except("t").Emit("e", e, i)
				}
			}
		})
	}
	seen := make([][]string, clients)
	for c, r := range all {
		wg.Go(func() {
			for range emitters * each {
				got, err := r.Next()
				if err != nil {
					t.Errorf("client %d: %v after %d events", c, err, len(seen[c]))
					return
				}
				seen[c] = append(seen[c], got)
			}
		})
	}
	wait(t, &wg)
	next := make([]int, emitters)
	for k, s := range seen[0] {
		var e, i int
		fmt.Sscanf(s, `42["e",%d,%d]`, &e, &i)
		if i != next[e] {
			t.Fatalf("event %d of emitter %d, want %d", i, e, next[e])
		}
		next[e]++
		for c := range seen {
			if len(seen[c]) != len(seen[0]) || seen[c][k] != s {
				t.Fatalf("client %d sees another order from event %d on", c, k)
			}
		}
	}
}

// Clients that do not read delay nobody, and what they cost is bounded by
// their queues: the frames in them are shared.
func TestStalledClientsDelayNobody(t *testing.T) {
	srv, base := serveAs(t, Options{}, smallBuffers)
	n := srv.Namespace("/")
	const clients, stalled, events = 100, 20, 400
	payload := strings.Repeat("x", 4000)
	all := make([]*siotest.Raw, clients)
	for i := range all {
		all[i] = openRaw(t, base)
		all[i].Conn.(*net.TCPConn).SetReadBuffer(64 << 10)
	}
	before := heap()
	var peak int64
	var wg sync.WaitGroup
	turn := make(chan struct{}, clients)
	for _, r := range all[stalled:] {
		wg.Go(func() {
			for i := range events {
				got, err := r.Next()
				if !strings.HasPrefix(got, fmt.Sprintf(`42["e",%d,`, i)) {
					t.Errorf("got %.60q, %v; want event %d", got, err, i)
					return
				}
				if i%100 == 99 {
					turn <- struct{}{}
				}
			}
		})
	}
	for i := range events {
		n.Emit("e", i, payload)
		if i%100 < 99 {
			continue
		}
		for range clients - stalled {
			recv(t, turn)
		}
		if i%200 == 199 {
			peak = max(peak, heap()-before)
		}
	}
	wait(t, &wg)
	if peak > 16<<20 {
		t.Errorf("the heap rose by %d KiB", peak>>10)
	}
	st := srv.Stats()
	t.Logf("the heap rose by %d KiB; %v", peak>>10, st.Disconnects)
	if st.Disconnects[ReasonSlowConsumer] != stalled || n.Len() != clients-stalled {
		t.Errorf("%v, %d sockets left; want %d slow consumers", st.Disconnects, n.Len(), stalled)
	}
	eventually(t, "nothing is queued", func() bool { return srv.Stats().QueuedBytes == 0 })
}

// An answer that comes behind more events than may wait cannot be read in
// time; the handler's deadline resolves that, and no event is lost.
func TestAnswerBehindTooManyEvents(t *testing.T) {
	srv, base := serve(t, Options{})
	const events = 3 * maxJobs
	failed := make(chan error, 1)
	handled := make(chan string, events)
	srv.Namespace("/").OnConnect(func(s *Socket) {
		s.On("ask", func(ctx context.Context, _ *Event) {
			ctx, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
			defer cancel()
			_, err := s.Call(ctx, "question")
			failed <- err
		})
		s.On("e", func(_ context.Context, e *Event) { handled <- string(e.Args[0].JSON) })
	})
	r := openRaw(t, base)
	r.Text(`42["ask"]`)
	if q, err := r.Next(); q != `421["question"]` {
		t.Fatalf("%q, %v", q, err)
	}
	for i := range events {
		r.Text(fmt.Sprintf(`42["e",%d]`, i))
	}
	r.Text(`431["answer"]`)
	if err := recv(t, failed); err != ErrTimeout {
		t.Errorf("got %v, want %v", err, ErrTimeout)
	}
	for i := range events {
		if got := recv(t, handled); got != fmt.Sprint(i) {
			t.Fatalf("event %s, want %d", got, i)
		}
	}
}
