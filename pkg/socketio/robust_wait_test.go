package socketio

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// smallBuffers makes the kernel keep little of what is written to clients.
func smallBuffers(h *httptest.Server) {
	h.Config.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		c.(*net.TCPConn).SetWriteBuffer(16 << 10)
		return ctx
	}
}

// Who waits before each event may send any amount to a client, by whichever
// transport, however late it reads.
func TestWaitKeepsToTheReceiversPace(t *testing.T) {
	for name, open := range map[string]func(string) (client, error){"websocket": websocketClient, "polling": pollingClient} {
		t.Run(name, func(t *testing.T) {
			srv, base := serveAs(t, Options{MaxQueueBytes: 100_000, MaxQueuePackets: 50}, smallBuffers)
			conns := sockets(srv.Namespace("/"))
			c, err := open(base)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			s := recv(t, conns)
			const senders, each = 4, 500
			payload := strings.Repeat("x", 3000)
			var sent atomic.Int64
			var wg sync.WaitGroup
			var turn sync.Mutex // Wait makes room for one sender
			for range senders {
				wg.Go(func() {
					for range each {
						turn.Lock()
						err := s.Wait(t.Context())
						if err == nil {
							err = s.Emit("e", sent.Load(), payload)
						}
						sent.Add(1)
						turn.Unlock()
						if err != nil {
							t.Error(err)
							return
						}
					}
				})
			}
			eventually(t, "the senders wait", func() bool {
				q := srv.Stats().QueuedBytes
				return q > 40_000 || sent.Load() == senders*each
			})
			events := 0
			for events < senders*each {
				got, err := "", error(nil)
				if c.target == "" {
					got, err = c.Next()
				} else if got, err = c.Answer(); err == nil {
					err = c.Ask("GET", c.target, "")
				}
				if err != nil {
					t.Fatalf("%v after %d events", err, events)
				}
				for p := range strings.SplitSeq(got, "\x1e") {
					if !strings.HasPrefix(p, fmt.Sprintf(`42["e",%d,`, events)) {
						t.Fatalf("got %.60q, want event %d", p, events)
					}
					events++
				}
			}
			wait(t, &wg)
			eventually(t, "nothing is queued", func() bool { return srv.Stats().QueuedBytes == 0 })
		})
	}
}

// Wait ends with the context or with the socket, however many wait.
func TestWaitEnds(t *testing.T) {
	srv, base := serveAs(t, Options{}, smallBuffers)
	conns := sockets(srv.Namespace("/"))
	r := openRaw(t, base)
	s := recv(t, conns)
	fill(t, srv, s)
	for srv.Stats().QueuedBytes < 600_000 {
		if err := s.Emit("fill", strings.Repeat("x", 100_000)); err != nil {
			t.Fatal(err)
		}
	}
	short, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if err := s.Wait(short); err != ErrTimeout {
		t.Errorf("with a deadline: %v", err)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if err := s.Wait(cancelled); !errors.Is(err, context.Canceled) {
				t.Errorf("cancelled: %v", err)
			}
		})
	}
	cancel()
	wait(t, &wg)
	for range 20 {
		wg.Go(func() {
			if err := s.Wait(t.Context()); err != ErrDisconnected {
				t.Errorf("killed: %v", err)
			}
		})
	}
	r.Kill()
	wait(t, &wg)
	if err := s.Wait(t.Context()); err != ErrDisconnected {
		t.Errorf("after the end: %v", err)
	}
}

// A panic in one function is of no effect on the others that are told of an end.
func TestPanicOnDisconnect(t *testing.T) {
	srv, base := serve(t, Options{Logger: discard()})
	told := make(chan int, 3)
	srv.Namespace("/").OnConnect(func(s *Socket) {
		for i := range 3 {
			s.OnDisconnect(func(Reason) {
				told <- i
				panic("oh")
			})
		}
	})
	openRaw(t, base).Kill()
	for i := range 3 {
		if got := recv(t, told); got != i {
			t.Errorf("function %d was told, want %d", got, i)
		}
	}
}
