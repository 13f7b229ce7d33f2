package socketio

import (
	"context"
	"log/slog"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"gateway/pkg/socketio/internal/siotest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve runs a server for the test and returns it with its address. Both end
// with the test, and leave nothing behind.
func serve(t testing.TB, o Options) (*Server, string) {
	t.Helper()
	s := NewServer(o)
	h := httptest.NewServer(s)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := s.Close(ctx); err != nil && err != ErrServerClosed {
			t.Errorf("close: %v", err)
		}
		h.Close()
	})
	return s, h.URL
}

// join opens a connection, joins a namespace that puts its sockets into conns,
// and returns both ends.
func join(t testing.TB, base, namespace string, conns <-chan *Socket) (*siotest.WS, *Socket) {
	t.Helper()
	ws := siotest.OpenSocket(t, base, namespace)
	return ws, ready(t, conns)
}

// ready receives a socket and waits until broadcasts go straight to it.
func ready(t testing.TB, conns <-chan *Socket) *Socket {
	t.Helper()
	s := recv(t, conns)
	eventually(t, "OnConnect returns", func() bool {
		s.nsp.mu.Lock()
		defer s.nsp.mu.Unlock()
		return s.holds == 0
	})
	return s
}

// connections makes the namespace tell of its sockets.
func sockets(n *Namespace) <-chan *Socket {
	ch := make(chan *Socket, 1000)
	n.OnConnect(func(s *Socket) { ch <- s })
	return ch
}

// recv receives with patience.
func recv[T any](t testing.TB, ch <-chan T) T {
	t.Helper()
	select {
	case v := <-ch:
		return v
	case <-time.After(10 * time.Second):
		t.Fatal("nothing came in time")
		panic("unreachable")
	}
}

// wg waits with patience.
func wait(t testing.TB, wg *sync.WaitGroup) {
	t.Helper()
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	recv(t, done)
}

// eventually waits until ok.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("in vain: %s", what)
}

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }
