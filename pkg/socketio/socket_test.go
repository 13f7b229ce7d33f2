package socketio

import (
	"context"
	"errors"
	"fmt"
	"strings"
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
