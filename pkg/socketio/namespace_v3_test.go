package socketio

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"gateway/pkg/socketio/internal/siotest"
)

func TestNamespaces3(t *testing.T) {
	srv, base := serve(t, Options{})
	srv.Namespace("/")
	queries := make(chan url.Values, 1)
	srv.Namespace("/room").OnConnect(func(s *Socket) { queries <- s.Handshake().Query })
	srv.Namespace("/closed").Use(func(_ context.Context, h *Handshake) error {
		if h.Query.Get("token") == "data" {
			return &ConnectError{Message: "no", Data: map[string]int{"code": 7}}
		}
		return &ConnectError{Message: `no "entry"`}
	})
	ws := siotest.Dial(t, base+websocket3+"&token=request&a=1")
	ws.WantPrefix("0{")
	ws.Want("40")
	for _, c := range []struct{ send, want string }{
		{"40/closed,", `44/closed,"no \"entry\""`},
		{"40/closed?token=data,", `44/closed,{"code":7}`},
		{"40/closed?token=data", `44/closed,{"code":7}`},
		{"40/nowhere,", `44/nowhere,"Invalid namespace"`},
		{"40/room?token=abc&b=x%20y,", "40/room,"},
	} {
		ws.Send(c.send)
		ws.Want(c.want)
	}
	if got := recv(t, queries).Encode(); got != "a=1&b=x+y&token=abc" {
		t.Errorf("query %s", got)
	}
	ws.Send("40/room,")
	ws.Want("40/room,")
	if got := recv(t, queries).Encode(); got != "a=1&token=request" {
		t.Errorf("query %s", got)
	}
	ws.Send("40/room?" + strings.Repeat("x", maxQuery+1) + ",")
	ws.WantClosed()
}

// "/" is joined without asking, and a client that asks all the same is in it once.
func TestImplicitNamespace3(t *testing.T) {
	srv, base := serve(t, Options{})
	conns := sockets(srv.Namespace("/"))
	ws := siotest.Dial(t, base+websocket3)
	ws.WantPrefix("0{")
	ws.Want("40")
	first := recv(t, conns)
	for _, again := range []string{"40", "40/", "40/,"} {
		ws.Send(again)
	}
	ws.Send("2")
	ws.Want("3")
	if !first.Connected() {
		t.Error("the socket is gone")
	}
	ws.Send("40/?token=abc,")
	ws.Want("40")
	if got := recv(t, conns).Handshake().Query.Get("token"); got != "abc" || first.Connected() {
		t.Errorf("token %q, the first socket connected: %v", got, first.Connected())
	}
}

// A client that is not let into "/" hears of it, unless it wanted another namespace.
func TestImplicitNamespace3Refused(t *testing.T) {
	srv, base := serve(t, Options{})
	srv.Namespace("/x")
	lonely := siotest.Dial(t, base+websocket3)
	lonely.WantPrefix("0{")
	other := siotest.Dial(t, base+websocket3)
	other.WantPrefix("0{")
	other.Send("40/x,")
	other.Want("40/x,")
	lonely.Want(`44"Invalid namespace"`)
	other.Send("2")
	other.Want("3")
	lonely.Send("40")
	lonely.Want(`44"Invalid namespace"`)
}

// Who speaks revision 3 takes no part in connection state recovery, next to those who do.
func TestRecoveryLeavesRevision3Out(t *testing.T) {
	srv, base := serve(t, Options{Recovery: time.Minute})
	n := srv.Namespace("/")
	old := siotest.Dial(t, base+websocket3)
	old.WantPrefix("0{")
	old.Want("40")
	new := siotest.OpenSocket(t, base, "/")
	n.Emit("e", "text", []byte{1})
	old.Want(`451-["e","text",{"_placeholder":true,"num":0}]`, "\x04\x01")
	new.WantPrefix(`451-["e","text",{"_placeholder":true,"num":0},"`)
	new.Want("\x01")
	n.Emit("f")
	old.Want(`42["f"]`)
	new.WantPrefix(`42["f","`)
	n.Emit("none")
	old.Want(`42["none"]`)
	old.Close()
	eventually(t, "it is gone", func() bool { return n.Len() == 1 })
}
