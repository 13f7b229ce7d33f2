package socketio

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gateway/pkg/socketio/internal/siotest"
)

func TestPanicCostsOneConnection(t *testing.T) {
	srv, base := serve(t, Options{Logger: discard()})
	n := srv.Namespace("/")
	conns := make(chan *Socket, 10)
	gone := make(chan Reason, 1)
	n.OnConnect(func(s *Socket) {
		s.On("panic", func(context.Context, *Event) { panic("oh") })
		s.On("null", func(_ context.Context, e *Event) { _ = e.Args[3] })
		s.OnDisconnect(func(r Reason) { gone <- r })
		conns <- s
	})
	innocent, s := join(t, base, "/", conns)
	for _, event := range []string{"panic", "null"} {
		ws, _ := join(t, base, "/", conns)
		ws.Send(`42["` + event + `"]`)
		ws.WantClosed()
		if r := recv(t, gone); r != ReasonHandlerPanic {
			t.Error(r)
		}
	}
	mark(t, s, innocent)
}

func TestDisconnect(t *testing.T) {
	srv, base := serve(t, Options{})
	n := srv.Namespace("/")
	reasons := make(chan Reason, 10)
	conns := make(chan *Socket, 10)
	for _, ns := range []*Namespace{n, srv.Namespace("/b")} {
		ns.OnConnect(func(s *Socket) {
			s.OnDisconnect(func(r Reason) {
				if s.Connected() || len(s.Rooms()) > 0 || s.Emit("x") == nil {
					t.Error("still connected in OnDisconnect")
				}
				reasons <- r
			})
			s.Join("r")
			conns <- s
		})
	}
	ws, s := join(t, base, "/", conns)
	ws.Join("/b")
	b := ready(t, conns)

	s.Emit("last")
	s.Disconnect(false)
	s.Disconnect(false)
	ws.Want(`42["last"]`, `41`)
	if r := recv(t, reasons); r != ReasonServerDisconnect {
		t.Error(r)
	}
	s.OnDisconnect(func(r Reason) { reasons <- r }) // too late, hence at once
	if r := recv(t, reasons); r != ReasonServerDisconnect {
		t.Error(r)
	}
	s.Join("r2")
	if n.Len() != 0 || len(s.Rooms()) != 0 {
		t.Error("a socket that is gone has rooms")
	}
	mark := func() { b.Emit("m"); ws.Want(`42/b,["m"]`) }
	mark()

	ws.Send("41/b,")
	if r := recv(t, reasons); r != ReasonClientDisconnect {
		t.Error(r)
	}
	ws.Join("/b")
	b = ready(t, conns)
	b.Emit("last")
	b.Disconnect(true)
	ws.Want(`42/b,["last"]`, `41/b,`)
	ws.WantClosed()
	if r := recv(t, reasons); r != ReasonServerDisconnect {
		t.Error(r)
	}

	for _, c := range []struct {
		end  func(*siotest.WS)
		want Reason
	}{
		{func(ws *siotest.WS) { ws.Send("1") }, ReasonTransportClose},
		{func(ws *siotest.WS) { ws.Close() }, ReasonTransportClose},
		{func(ws *siotest.WS) { ws.Send("4x") }, ReasonParseError},
		{func(ws *siotest.WS) { ws.Send("4" + strings.Repeat("x", 2<<20)) }, ReasonPayloadTooLarge},
	} {
		ws, _ := join(t, base, "/", conns)
		c.end(ws)
		if r := recv(t, reasons); r != c.want {
			t.Errorf("got %q, want %q", r, c.want)
		}
	}
}

func TestContextEndsWithTheSocket(t *testing.T) {
	srv, base := serve(t, Options{})
	started, ended := make(chan struct{}), make(chan struct{})
	srv.Namespace("/").OnConnect(func(s *Socket) {
		s.On("e", func(ctx context.Context, _ *Event) {
			close(started)
			<-ctx.Done()
			close(ended)
		})
	})
	ws := siotest.OpenSocket(t, base, "/")
	ws.Send(`42["e"]`)
	recv(t, started)
	ws.Close()
	recv(t, ended)
}

func TestPingTimeout(t *testing.T) {
	srv, base := serve(t, Options{PingInterval: 30 * time.Millisecond, PingTimeout: 30 * time.Millisecond})
	reasons := make(chan Reason, 1)
	srv.Namespace("/").OnConnect(func(s *Socket) { s.OnDisconnect(func(r Reason) { reasons <- r }) })
	ws := siotest.OpenSocket(t, base, "/")
	for range 5 {
		if got, _, _ := ws.Read(); got != "2" {
			t.Fatalf("got %q", got)
		}
		ws.Send("3")
	}
	if r := recv(t, reasons); r != ReasonPingTimeout {
		t.Error(r)
	}
}

func TestServerClose(t *testing.T) {
	srv, base := serve(t, Options{})
	n := srv.Namespace("/")
	conns := make(chan *Socket, 10)
	var wg sync.WaitGroup
	n.OnConnect(func(s *Socket) {
		wg.Add(1)
		s.OnDisconnect(func(r Reason) {
			if r != ReasonServerShutdown {
				t.Error(r)
			}
			wg.Done()
		})
		conns <- s
	})
	ws, s := join(t, base, "/", conns)
	p := siotest.OpenPolling(t, base+"/socket.io/")
	s.Emit("last")
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := srv.Close(ctx); err != nil {
		t.Error(err)
	}
	ws.Want(`42["last"]`)
	if code := ws.WantClosed(); code != 1001 {
		t.Errorf("close code %d", code)
	}
	wait(t, &wg)
	if status, _ := p.Get(); status != 400 {
		t.Errorf("polling: status %d", status)
	}
	if status, _ := siotest.Get(t, base+"/socket.io/?EIO=4&transport=polling"); status == 200 {
		t.Error("a closed server accepts a session")
	}
	if err := srv.Close(ctx); !errors.Is(err, ErrServerClosed) {
		t.Error(err)
	}
}

// Close returns when the last handler has.
func TestServerCloseWaitsForHandlers(t *testing.T) {
	srv, base := serve(t, Options{})
	started, done := make(chan struct{}), atomic.Bool{}
	srv.Namespace("/").OnConnect(func(s *Socket) {
		s.On("e", func(ctx context.Context, _ *Event) {
			close(started)
			<-ctx.Done()
		})
		s.OnDisconnect(func(Reason) {
			time.Sleep(20 * time.Millisecond)
			done.Store(true)
		})
	})
	siotest.OpenSocket(t, base, "/").Send(`42["e"]`)
	recv(t, started)
	if err := srv.Close(t.Context()); err != nil || !done.Load() {
		t.Errorf("%v, done %v", err, done.Load())
	}
}

// A handler that does not end is not waited for beyond the context.
func TestServerCloseIsBounded(t *testing.T) {
	srv, base := serve(t, Options{})
	started, release := make(chan struct{}), make(chan struct{})
	defer close(release)
	srv.Namespace("/").OnConnect(func(s *Socket) {
		s.On("e", func(context.Context, *Event) {
			close(started)
			<-release
		})
	})
	siotest.OpenSocket(t, base, "/").Send(`42["e"]`)
	recv(t, started)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := srv.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}
