package socketio

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gateway/pkg/socketio/internal/siotest"
)

func TestEventsOfOneSocketRunInOrder(t *testing.T) {
	srv, base := serve(t, Options{})
	n := srv.Namespace("/")
	const count = 2000 // more than may wait
	done := make(chan struct{})
	n.OnConnect(func(s *Socket) {
		next, busy := 0, atomic.Bool{}
		s.On("e", func(_ context.Context, e *Event) {
			if busy.Swap(true) {
				t.Error("two handlers of one socket at once")
			}
			var i int
			if err := e.Args[0].Decode(&i); err != nil || i != next {
				t.Errorf("event %d, want %d", i, next)
			}
			next++
			busy.Store(false)
			if next == count {
				close(done)
			}
		})
	})
	ws := siotest.OpenSocket(t, base, "/")
	for i := range count {
		ws.Send(fmt.Sprintf(`42["e",%d]`, i))
	}
	recv(t, done)
}

func TestAck(t *testing.T) {
	srv, base := serve(t, Options{})
	n := srv.Namespace("/")
	n.OnConnect(func(s *Socket) {
		s.OnAny(func(_ context.Context, e *Event) {
			if e.Name == "silent" && (e.HasAck() || e.Ack("x") != nil) {
				t.Error("event without ack")
			}
			if e.Socket() != s {
				t.Error("another socket")
			}
		})
		s.On("ask", func(_ context.Context, e *Event) {
			if err := e.Ack(func() {}); err == nil {
				t.Error("acked with what does not marshal")
			}
			if err := e.Ack("a", []byte{1}, nil); err != nil {
				t.Error(err)
			}
			if err := e.Ack("again"); !errors.Is(err, ErrAcked) {
				t.Error(err)
			}
		})
	})
	ws := siotest.OpenSocket(t, base, "/")
	ws.Send(`42["silent"]`)
	ws.Send(`42007["ask"]`)
	ws.Want(`461-7["a",{"_placeholder":true,"num":0},null]`, "\x01")
}

func TestCall(t *testing.T) {
	srv, base := serve(t, Options{})
	ws, s := join(t, base, "/", sockets(srv.Namespace("/")))
	type result struct {
		args []Arg
		err  error
	}
	call := func(ctx context.Context) chan result {
		ch := make(chan result, 1)
		go func() {
			args, err := s.Call(ctx, "q", 1)
			ch <- result{args, err}
		}()
		return ch
	}
	first := call(t.Context())
	ws.Want(`421["q",1]`)
	second := call(t.Context())
	ws.Want(`422["q",1]`)
	ws.Send(`432["two"]`)
	ws.Send(`432["twice"]`)
	ws.Send(`4399["never asked"]`)
	ws.Send(`461-1[{"_placeholder":true,"num":0}]`)
	ws.SendBinary([]byte("one"))
	if r := recv(t, second); r.err != nil || string(r.args[0].JSON) != `"two"` {
		t.Errorf("%v", r)
	}
	if r := recv(t, first); r.err != nil || string(r.args[0].Binary) != "one" {
		t.Errorf("%v", r)
	}

	short, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if r := recv(t, call(short)); !errors.Is(r.err, ErrTimeout) {
		t.Error(r.err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if r := recv(t, call(gone)); !errors.Is(r.err, context.Canceled) {
		t.Error(r.err)
	}
	last := call(t.Context())
	ws.Want(`423["q",1]`)
	ws.Close()
	if r := recv(t, last); !errors.Is(r.err, ErrDisconnected) {
		t.Error(r.err)
	}
	if r := recv(t, call(t.Context())); !errors.Is(r.err, ErrDisconnected) {
		t.Error(r.err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.calls) != 0 {
		t.Errorf("%d calls are kept", len(s.calls))
	}
}

// A handler that waits for the client must not keep the client's answer from
// being read, nor stop another namespace of the same connection.
func TestHandlerMayWait(t *testing.T) {
	srv, base := serve(t, Options{})
	n, other := srv.Namespace("/"), srv.Namespace("/other")
	answer := make(chan string, 1)
	n.OnConnect(func(s *Socket) {
		s.On("start", func(ctx context.Context, _ *Event) {
			args, err := s.Call(ctx, "which")
			if err != nil {
				t.Error(err)
				return
			}
			answer <- string(args[0].JSON)
		})
	})
	other.OnConnect(func(s *Socket) {
		s.On("ping", func(context.Context, *Event) { s.Emit("pong") })
	})
	ws := siotest.OpenSocket(t, base, "/")
	ws.Join("/other")
	ws.Send(`42["start"]`)
	ws.Want(`421["which"]`)
	ws.Send(`42/other,["ping"]`)
	ws.Want(`42/other,["pong"]`)
	ws.Send(`431["this"]`)
	if got := recv(t, answer); got != `"this"` {
		t.Error(got)
	}
}

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

func TestHold(t *testing.T) {
	srv, base := serve(t, Options{})
	n := srv.Namespace("/")
	conns := sockets(n)
	ws, s := join(t, base, "/", conns)
	other, _ := join(t, base, "/", conns)
	s.Hold()
	s.Join("r")
	n.To("r").Emit("live", 1)
	n.Emit("live", 2)
	s.Emit("old", 0)
	s.Hold()
	s.Release()
	n.Emit("live", 3)
	other.Want(`42["live",2]`, `42["live",3]`)
	s.Release()
	s.Release() // one too many does no harm
	n.Emit("live", 4)
	ws.Want(`42["old",0]`, `42["live",1]`, `42["live",2]`, `42["live",3]`, `42["live",4]`)
	eventually(t, "nothing is queued", func() bool { return srv.Stats().QueuedBytes == 0 })
}

// From the moment the client is told that it is connected it misses nothing:
// what is broadcast while OnConnect replays old values comes after them.
func TestBroadcastsWaitForOnConnect(t *testing.T) {
	srv, base := serve(t, Options{})
	n := srv.Namespace("/")
	n.OnConnect(func(s *Socket) {
		if count, _ := n.Emit("live", 1); count != 1 {
			t.Errorf("%d receivers", count)
		}
		s.Emit("old")
	})
	ws := siotest.OpenSocket(t, base, "/")
	ws.Want(`42["old"]`, `42["live",1]`)
}

func TestHoldIsBounded(t *testing.T) {
	srv, base := serve(t, Options{MaxQueueBytes: 10_000})
	n := srv.Namespace("/")
	ws, s := join(t, base, "/", sockets(n))
	s.Hold()
	for range 100 {
		n.Emit("x", strings.Repeat("x", 1000))
	}
	ws.WantClosed()
	eventually(t, "the reason is counted", func() bool { return srv.Stats().Disconnects[ReasonSlowConsumer] == 1 })
	s.Release()
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
	b := recv(t, conns)

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
	b = recv(t, conns)
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

func TestHandshakeTellsOfTheRequest(t *testing.T) {
	srv, base := serve(t, Options{})
	conns := sockets(srv.Namespace("/x"))
	ws := siotest.Dial(t, base+"/socket.io/?EIO=4&transport=websocket&token=abc&t=1")
	ws.WantPrefix("0")
	ws.Send(`40/x?ignored=1,{"a":1}`)
	h := recv(t, conns).Handshake()
	if h.Namespace != "/x" || string(h.Auth) != `{"a":1}` || h.Query.Get("token") != "abc" || len(h.Query) != 1 ||
		h.RemoteAddr == "" || !strings.Contains(base, h.Host) || h.Secure || h.Time.IsZero() || len(h.ID) != 20 {
		t.Errorf("%+v", h)
	}
}
