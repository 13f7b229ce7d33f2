package socketio

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gateway/pkg/socketio/internal/siotest"
)

func TestDynamicNamespaces(t *testing.T) {
	srv, base := serve(t, Options{})
	home := srv.Namespace("/home/{room}")
	static := srv.Namespace("/home/hall")
	wild := srv.NamespaceFunc(func(name string) bool { return strings.HasPrefix(name, "/w") })
	if srv.Namespace("/home/{room}") != home || srv.Namespace("home/hall") != static {
		t.Error("the same pattern gives another namespace")
	}
	conns := sockets(home)
	statics, wilds := sockets(static), sockets(wild)

	if srv.Lookup("/home/k") != nil || srv.Lookup("/home/hall") != static || srv.Lookup("/home/{room}") != nil {
		t.Error("lookup of what nobody is in")
	}
	ws, s := join(t, base, "/home/k%2Fx", conns)
	child := srv.Lookup("/home/k%2Fx")
	if child == nil || s.Namespace() != child || child.Name() != "/home/k%2Fx" || s.Handshake().Params["room"] != "k/x" {
		t.Fatalf("child %v of %+v", child, s.Handshake())
	}
	ws2, s2 := join(t, base, "/home/b", conns)
	ws3, _ := join(t, base, "/home/hall", statics)
	join(t, base, "/wild", wilds)
	if home.Len() != 2 || len(home.Sockets()) != 2 || child.Len() != 1 || home.Socket(s2.ID()) != s2 {
		t.Error("members")
	}
	child.Emit("child", 1)
	if count, err := home.Emit("parent", 2); count != 2 || err != nil {
		t.Error(count, err)
	}
	static.Emit("static")
	ws.Want(`42/home/k%2Fx,["child",1]`, `42/home/k%2Fx,["parent",2]`)
	ws2.Want(`42/home/b,["parent",2]`)
	ws3.Want(`42/home/hall,["static"]`)

	ws.Send("41/home/k%2Fx,")
	eventually(t, "the namespace goes with its last socket", func() bool { return srv.Lookup("/home/k%2Fx") == nil })
	if count, err := child.Emit("late"); count != 0 || err != nil {
		t.Error(count, err)
	}
	if srv.Stats().Namespaces != 3 { // hall, b, wild
		t.Errorf("%+v", srv.Stats())
	}
}

func TestUnknownNamespaces(t *testing.T) {
	srv, base := serve(t, Options{MaxNamespaceLength: 20})
	srv.Namespace("/home/{room}/{x}")
	ws := siotest.Dial(t, base+"/socket.io/?EIO=4&transport=websocket")
	ws.WantPrefix("0")
	for _, name := range []string{"/", "/home", "/home/", "/home/a", "/home//b", "/home/a/b/c", "/home/%zz/b", "/homex/a/b"} {
		ws.Send("40" + name + ",")
		if name == "/" {
			ws.Want(`44{"message":"Invalid namespace"}`)
			continue
		}
		ws.Want(`44` + name + `,{"message":"Invalid namespace"}`)
	}
	ws.Send("40/home/a/" + strings.Repeat("b", 20) + ",")
	ws.WantClosed()
}

func TestNamespaceLimits(t *testing.T) {
	srv, base := serve(t, Options{MaxNamespaces: 3, MaxDynamicNamespaces: 4})
	conns := sockets(srv.Namespace("/{x}"))
	ws := siotest.Dial(t, base+"/socket.io/?EIO=4&transport=websocket")
	ws.WantPrefix("0")
	for i := range 3 {
		ws.Join(fmt.Sprintf("/a%d", i))
		recv(t, conns)
	}
	ws.Send("40/a3,")
	ws.Want(`44/a3,{"message":"too many namespaces"}`)
	ws.Send("41/a0,")
	ws.Join("/a3")

	other := siotest.OpenSocket(t, base, "/b0")
	other.Send("40/b1,")
	other.Want(`44/b1,{"message":"too many namespaces"}`)
	other.Send("40/a1,") // exists already
	other.WantPrefix("40/a1,{")
}

func TestMiddleware(t *testing.T) {
	srv, base := serve(t, Options{})
	n := srv.Namespace("/m")
	var order []string
	n.Use(func(_ context.Context, h *Handshake) error {
		order = append(order, "first")
		h.Data = "from middleware"
		return nil
	})
	n.Use(func(_ context.Context, h *Handshake) error {
		order = append(order, "second")
		var a struct{ Token string }
		json.Unmarshal(h.Auth, &a)
		switch a.Token {
		case "good":
			return nil
		case "plain":
			return errors.New("internal detail")
		case "odd":
			return &ConnectError{Message: "odd", Data: func() {}}
		}
		return fmt.Errorf("wrapped: %w", &ConnectError{Message: "bad token", Data: map[string]int{"code": 7}})
	})
	conns := sockets(n)
	ws := siotest.Dial(t, base+"/socket.io/?EIO=4&transport=websocket")
	ws.WantPrefix("0")
	ws.Send("40/m,")
	ws.Want(`44/m,{"message":"bad token","data":{"code":7}}`)
	ws.Send(`40/m,{"token":"plain"}`)
	ws.Want(`44/m,{"message":"Forbidden"}`)
	ws.Send(`40/m,{"token":"odd"}`)
	ws.Want(`44/m,{"message":"odd"}`)
	ws.Send(`40/m,{"token":"good"}`)
	ws.WantPrefix(`40/m,{"sid":"`)
	s := recv(t, conns)
	if s.Data() != "from middleware" || !s.Connected() {
		t.Errorf("data %v", s.Data())
	}
	s.SetData(2)
	if s.Data() != 2 {
		t.Errorf("data %v", s.Data())
	}
	if !cmp.Equal(order[:2], []string{"first", "second"}) || len(order) != 8 {
		t.Error(order)
	}
	if srv.Stats().Sockets != 1 {
		t.Errorf("%+v", srv.Stats())
	}
}

func TestAuthIsBounded(t *testing.T) {
	srv, base := serve(t, Options{})
	srv.Namespace("/").OnConnect(func(*Socket) { t.Error("connected") })
	ws := siotest.Dial(t, base+"/socket.io/?EIO=4&transport=websocket")
	ws.WantPrefix("0")
	ws.Send(`40{"x":"` + strings.Repeat("x", 20_000) + `"}`)
	ws.Want(`44{"message":"Auth too large"}`)
}

func TestOnConnectComesBeforeEvents(t *testing.T) {
	srv, base := serve(t, Options{})
	n := srv.Namespace("/")
	release := make(chan struct{})
	got := make(chan string, 10)
	n.OnConnect(func(s *Socket) {
		<-release
		got <- "connect"
		s.On("e", func(context.Context, *Event) { got <- "event" })
	})
	ws := siotest.OpenSocket(t, base, "/")
	ws.Send(`42["e"]`)
	close(release)
	if a, b := recv(t, got), recv(t, got); a != "connect" || b != "event" {
		t.Error(a, b)
	}
}

func TestConnectionThatLeavesDuringMiddleware(t *testing.T) {
	srv, base := serve(t, Options{})
	n := srv.Namespace("/{x}")
	entered := make(chan struct{})
	left := make(chan struct{})
	n.Use(func(ctx context.Context, h *Handshake) error {
		close(entered)
		<-ctx.Done() // ends with the connection
		close(left)
		return nil
	})
	n.OnConnect(func(*Socket) { t.Error("connected") })
	ws := siotest.Dial(t, base+"/socket.io/?EIO=4&transport=websocket")
	ws.WantPrefix("0")
	ws.Send("40/x,")
	recv(t, entered)
	ws.Close()
	recv(t, left)
	eventually(t, "nothing is left", func() bool {
		st := srv.Stats()
		return st.Sockets == 0 && st.Namespaces == 0 && st.Connections == 0
	})
}

func TestConnectTimeout(t *testing.T) {
	srv, base := serve(t, Options{ConnectTimeout: 30 * time.Millisecond})
	conns := sockets(srv.Namespace("/"))
	ws := siotest.Dial(t, base+"/socket.io/?EIO=4&transport=websocket")
	ws.WantClosed()
	eventually(t, "the reason is counted", func() bool { return srv.Stats().Disconnects[ReasonConnectTimeout] == 1 })

	// A polling client learns that its session is over.
	p := siotest.OpenPolling(t, base+"/socket.io/")
	if _, body := p.Get(); body != "1" {
		t.Errorf("got %q, want a close packet", body)
	}

	// The time begins anew when the last namespace is left.
	stay, _ := join(t, base, "/", conns)
	stay.Send("41")
	stay.WantClosed()
}
