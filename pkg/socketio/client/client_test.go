package client

import (
	"context"
	"errors"
	"log/slog"
	"net/http/httptest"
	"testing"
	"time"

	"go.uber.org/goleak"

	"gateway/pkg/socketio"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// server is a server under test that can be cut off and started again.
func server(t *testing.T) (*socketio.Server, string) {
	t.Helper()
	s := socketio.NewServer(socketio.Options{
		PingInterval: 50 * time.Millisecond, PingTimeout: time.Second, Logger: slog.New(slog.DiscardHandler),
	})
	h := httptest.NewServer(s)
	t.Cleanup(func() {
		if err := s.Close(context.Background()); err != nil {
			t.Error(err)
		}
		h.Close()
	})
	return s, h.URL
}

func soon(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func dial(t *testing.T, base string, o Options) *Client {
	t.Helper()
	c, err := Dial(soon(t), base, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func recv[T any](t *testing.T, ch <-chan T) T {
	t.Helper()
	select {
	case v := <-ch:
		return v
	case <-time.After(10 * time.Second):
		t.Fatal("nothing came in time")
		panic("unreachable")
	}
}

func TestBothWays(t *testing.T) {
	srv, base := server(t)
	n := srv.Namespace("/x")
	n.OnConnect(func(s *socketio.Socket) {
		s.On("ask", func(ctx context.Context, e *socketio.Event) {
			answer, err := s.Call(ctx, "back", e.Args[0])
			if err != nil {
				t.Error(err)
				return
			}
			e.Ack(answer[0], string(s.Handshake().Auth))
		})
	})
	c := dial(t, base, Options{Namespace: "/x", Auth: map[string]string{"token": "t"}})
	c.On("back", func(_ context.Context, e *Event) {
		if !e.HasAck() {
			t.Error("no ack asked for")
		}
		e.Ack(e.Args[0], "more")
		e.Ack("again")
	})
	args, err := c.Call(soon(t), "ask", []byte{1, 2, 3})
	if err != nil {
		t.Fatal(err)
	}
	var auth string
	if args[1].Decode(&auth); string(args[0].Binary) != "\x01\x02\x03" || auth != `{"token":"t"}` {
		t.Errorf("%v %q", args, auth)
	}
	if n.Socket(c.ID()) == nil || !c.Connected() {
		t.Errorf("id %q", c.ID())
	}

	got := make(chan int, 1000)
	c.On("e", func(_ context.Context, e *Event) {
		var i int
		e.Args[0].Decode(&i)
		got <- i
	})
	for i := range 500 {
		n.Emit("e", i)
	}
	for i := range 500 {
		if k := recv(t, got); k != i {
			t.Fatalf("event %d, want %d", k, i)
		}
	}
}

func TestHandlerMayCall(t *testing.T) {
	srv, base := server(t)
	conns := make(chan *socketio.Socket, 1)
	srv.Namespace("/").OnConnect(func(s *socketio.Socket) {
		s.On("which", func(_ context.Context, e *socketio.Event) { e.Ack("this") })
		conns <- s
	})
	c := dial(t, base, Options{})
	answer := make(chan string, 1)
	c.On("start", func(ctx context.Context, _ *Event) {
		args, err := c.Call(soon(t), "which")
		if err != nil {
			t.Error(err)
			return
		}
		answer <- string(args[0].JSON)
	})
	recv(t, conns).Emit("start")
	if a := recv(t, answer); a != `"this"` {
		t.Error(a)
	}
}

func TestErrors(t *testing.T) {
	srv, base := server(t)
	n := srv.Namespace("/")
	n.Use(func(_ context.Context, h *socketio.Handshake) error {
		if h.Query.Get("token") == "bad" {
			return &socketio.ConnectError{Message: "no", Data: 1}
		}
		return nil
	})
	var ce *ConnectError
	if _, err := Dial(soon(t), base+"?token=bad", Options{}); !errors.As(err, &ce) || ce.Message != "no" || ce.Data != 1.0 {
		t.Error(err)
	}
	for _, address := range []string{"ftp://x", "://", "http://127.0.0.1:1"} {
		if _, err := Dial(soon(t), address, Options{}); err == nil {
			t.Errorf("%s: connected", address)
		}
	}
	if _, err := Dial(soon(t), base, Options{Namespace: "x"}); err == nil {
		t.Error("namespace without a slash")
	}
	c := dial(t, base, Options{})
	if err := c.Emit("connect"); err == nil {
		t.Error("reserved event sent")
	}
	if err := c.Emit("e", func() {}); err == nil {
		t.Error("function sent")
	}
	short, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := c.Call(short, "nobody answers"); !errors.Is(err, ErrTimeout) {
		t.Error(err)
	}
	if !c.Connected() {
		t.Error("a timeout cost the connection")
	}
	c.Close()
	if err := c.Emit("e"); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
	if _, err := c.Call(t.Context(), "e"); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
}

func TestReconnect(t *testing.T) {
	srv, base := server(t)
	srv.Namespace("/").OnConnect(func(s *socketio.Socket) {
		s.On("never", func(context.Context, *socketio.Event) { panic("drop the connection") })
	})
	c, err := New(base, Options{MinBackoff: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	up, lost := make(chan string, 10), make(chan error, 10)
	c.OnConnect(func() { up <- c.ID() })
	c.OnDisconnect(func(err error) { lost <- err })
	if err := c.Emit("early"); !errors.Is(err, ErrNotConnected) {
		t.Error(err)
	}
	c.Start()
	first := recv(t, up)
	call := make(chan error, 1)
	go func() { _, err := c.Call(context.Background(), "never"); call <- err }()
	// The handler drops the connection, not the namespace alone.
	if err := recv(t, call); !errors.Is(err, ErrNotConnected) {
		t.Error(err)
	}
	if recv(t, lost) == nil {
		t.Error("no cause")
	}
	if second := recv(t, up); second == first || second == "" {
		t.Errorf("id %q after %q", second, first)
	}
}

func TestCloseBeforeStart(t *testing.T) {
	c, err := New("http://127.0.0.1:1", Options{})
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	if err := c.Emit("e"); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
}

func TestServerTakesTheClientOut(t *testing.T) {
	srv, base := server(t)
	conns := make(chan *socketio.Socket, 1)
	srv.Namespace("/").OnConnect(func(s *socketio.Socket) { conns <- s })
	c := dial(t, base, Options{MinBackoff: time.Millisecond})
	recv(t, conns).Disconnect(false)
	recv(t, c.Done())
}

func TestCloseTellsTheServer(t *testing.T) {
	srv, base := server(t)
	reasons := make(chan socketio.Reason, 1)
	srv.Namespace("/").OnConnect(func(s *socketio.Socket) { s.OnDisconnect(func(r socketio.Reason) { reasons <- r }) })
	dial(t, base, Options{}).Close()
	if r := recv(t, reasons); r != socketio.ReasonClientDisconnect {
		t.Error(r)
	}
}
