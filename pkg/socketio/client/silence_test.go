package client

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"gateway/pkg/socketio"
)

// A server that says nothing any more, and does not close, is left.
func TestSilentServer(t *testing.T) {
	dialled := make(chan struct{}, 10)
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		defer c.CloseNow()
		dialled <- struct{}{}
		ctx := context.Background()
		c.Write(ctx, websocket.MessageText, []byte(`0{"sid":"x","upgrades":[],"pingInterval":20,"pingTimeout":10}`))
		c.Read(ctx)
		c.Write(ctx, websocket.MessageText, []byte(`40{"sid":"y"}`))
		c.Read(ctx) // nothing comes; ends with the connection
	}))
	defer h.Close()
	c := dial(t, h.URL, Options{MinBackoff: time.Millisecond})
	lost := make(chan error, 10)
	c.OnDisconnect(func(err error) { lost <- err })
	recv(t, dialled)
	if err := recv(t, lost); err == nil || !strings.Contains(err.Error(), "deadline") {
		t.Errorf("lost by %v", err)
	}
	recv(t, dialled) // it tries again
	c.Close()
}

// A client outlives its server, and finds the next one at the same address.
func TestServerRestart(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	start := func(ln net.Listener) (*socketio.Server, *httptest.Server) {
		s := socketio.NewServer(socketio.Options{})
		h := httptest.NewUnstartedServer(s)
		h.Listener = ln
		h.Start()
		return s, h
	}
	s, h := start(ln)
	s.Namespace("/")
	c := dial(t, h.URL, Options{MinBackoff: time.Millisecond, MaxBackoff: 20 * time.Millisecond})
	lost := make(chan error, 10)
	c.OnDisconnect(func(err error) { lost <- err })
	s.Close(t.Context())
	h.Close()
	recv(t, lost)

	again, err := net.Listen("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	s, h = start(again)
	defer h.Close()
	defer s.Close(context.Background())
	conns := make(chan *socketio.Socket, 1)
	s.Namespace("/").OnConnect(func(s *socketio.Socket) { conns <- s })
	got := make(chan string, 1)
	c.On("hello", func(context.Context, *Event) { got <- "hello" })
	recv(t, conns).Emit("hello")
	recv(t, got)
}
