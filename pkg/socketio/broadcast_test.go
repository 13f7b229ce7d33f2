package socketio

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"

	"gateway/pkg/socketio/internal/siotest"
)

// last makes a client get one more event, to show that nothing came before it.
func mark(t *testing.T, s *Socket, ws *siotest.WS) {
	t.Helper()
	s.Emit("mark")
	ws.Want(`42["mark"]`)
}

func TestBroadcastReachesWhomItNames(t *testing.T) {
	srv, base := serve(t, Options{})
	n := srv.Namespace("/")
	conns := sockets(n)
	var ws [4]*siotest.WS
	var so [4]*Socket
	for i := range ws {
		ws[i], so[i] = join(t, base, "/", conns)
	}
	so[0].Join("a", "b")
	so[1].Join("a")
	so[2].Join("b", "b", "c")
	for _, c := range []struct {
		name string
		b    *Broadcast
		want []int
	}{
		{"all", n.To(), []int{0, 1, 2, 3}},
		{"room", n.To("a"), []int{0, 1}},
		{"two rooms", n.To("a", "b"), []int{0, 1, 2}},
		{"chained rooms", n.In("c").To("a"), []int{0, 1, 2}},
		{"nobody's room", n.To("z"), nil},
		{"nobody's room and one", n.To("z", "c"), []int{2}},
		{"room but for another", n.To("a").Except("b"), []int{1}},
		{"all but a room", n.Except("a"), []int{2, 3}},
		{"all but a socket", n.Except(so[1].ID()), []int{0, 2, 3}},
		{"all but rooms and a socket", n.Except("a", so[3].ID(), "z"), []int{2}},
		{"socket", n.To(so[3].ID()), []int{3}},
		{"socket and room", n.To(so[3].ID(), "c"), []int{2, 3}},
	} {
		count, err := c.b.Emit("x", c.name)
		if err != nil || count != len(c.want) {
			t.Errorf("%s: %d receivers, %v", c.name, count, err)
		}
		for i := range ws {
			if slices.Contains(c.want, i) {
				ws[i].Want(fmt.Sprintf(`42["x",%q]`, c.name))
			}
			mark(t, so[i], ws[i])
		}
	}
}

func TestLeaveEndsMembership(t *testing.T) {
	srv, base := serve(t, Options{})
	n := srv.Namespace("/")
	conns := sockets(n)
	ws, s := join(t, base, "/", conns)
	for i := range 40 { // beyond what is searched one by one
		s.Join(fmt.Sprint(i))
	}
	for i := range 40 {
		if i%3 > 0 {
			s.Leave(fmt.Sprint(i), "unknown")
		}
	}
	for i := range 40 {
		want := 0
		if i%3 == 0 {
			want = 1
		}
		if got, _ := n.To(fmt.Sprint(i)).Emit("x", i); got != want {
			t.Errorf("room %d: %d receivers", i, got)
		}
	}
	if len(s.Rooms()) != 14 {
		t.Errorf("rooms %v", s.Rooms())
	}
	ws.Close()
	eventually(t, "the socket leaves its namespace", func() bool { return n.Len() == 0 })
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.rooms) != 0 || len(n.byID) != 0 {
		t.Errorf("%d rooms and %d ids of nobody", len(n.rooms), len(n.byID))
	}
}

func TestArguments(t *testing.T) {
	srv, base := serve(t, Options{})
	n := srv.Namespace("/x")
	ws, s := join(t, base, "/x", sockets(n))
	type point struct {
		X int    `json:"x"`
		B []byte `json:"b,omitempty"`
	}
	for _, c := range []struct {
		args []any
		want string
	}{
		{nil, `42/x,["e"]`},
		{[]any{nil}, `42/x,["e",null]`},
		{[]any{1, int64(-2), uint64(math.MaxUint64), 1.5, true}, `42/x,["e",1,-2,18446744073709551615,1.5,true]`},
		{[]any{"<a&b>", "\"\\\n\x01é😀\xff"}, `42/x,["e","<a&b>","\"\\\n\u0001é😀` + "\ufffd" + `"]`},
		{[]any{point{X: 1}, &point{X: 2, B: []byte{1}}}, `42/x,["e",{"x":1},{"x":2,"b":"AQ=="}]`},
		{[]any{json.RawMessage(`{"a": [1e2]}`), json.RawMessage(nil)}, `42/x,["e",{"a": [1e2]},null]`},
		{[]any{[]any{"a", []any{}}, map[string]any{"k": []string{"v"}}, map[string]any(nil)}, `42/x,["e",["a",[]],{"k":["v"]},null]`},
	} {
		if _, err := n.Emit("e", c.args...); err != nil {
			t.Errorf("%v: %v", c.args, err)
			continue
		}
		ws.Want(c.want)
	}
	n.Emit("e", []byte{1}, map[string]any{"deep": []any{[]byte{2}}})
	ws.Want(`452-/x,["e",{"_placeholder":true,"num":0},{"deep":[{"_placeholder":true,"num":1}]}]`, "\x01", "\x02")
	n.EmitRaw("e", []byte(`1`), json.RawMessage(`"x"`))
	ws.Want(`42/x,["e",1,"x"]`)
	s.Emit("e", []byte{})
	ws.Want(`451-/x,["e",{"_placeholder":true,"num":0}]`, "")
}

func TestNothingIsSentThatDoesNotMarshal(t *testing.T) {
	srv, base := serve(t, Options{})
	n := srv.Namespace("/")
	ws, s := join(t, base, "/", sockets(n))
	cycle := map[string]any{}
	cycle["self"] = cycle
	for _, arg := range []any{
		math.NaN(), make(chan int), func() {}, cycle,
		map[string]any{"x": math.Inf(1)},
		json.RawMessage(``), json.RawMessage(`{`), json.RawMessage(`1 2`), json.RawMessage("\"\xff\""),
		Arg{},
		Arg{JSON: json.RawMessage(`x`)},
	} {
		if arg, ok := arg.(Arg); ok && arg.JSON == nil {
			continue // nil is null
		}
		if count, err := n.Emit("e", 1, arg); err == nil {
			t.Errorf("%T: sent to %d", arg, count)
		}
		if s.Emit("e", arg) == nil {
			t.Errorf("%T: sent", arg)
		}
	}
	for _, name := range []string{"", "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"} {
		if _, err := n.Emit(name); !errors.Is(err, ErrReservedEvent) {
			t.Errorf("%q: %v", name, err)
		}
		if _, err := s.Call(t.Context(), name); !errors.Is(err, ErrReservedEvent) {
			t.Errorf("%q: %v", name, err)
		}
	}
	mark(t, s, ws)
}

func TestPacketIsForItsNamespace(t *testing.T) {
	srv, base := serve(t, Options{})
	n := srv.Namespace("/")
	ws, s := join(t, base, "/", sockets(n))
	p, err := NewPacket("/", "e", 1)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if count, err := n.EmitPacket(p); count != 1 || err != nil {
			t.Error(count, err)
		}
	}
	if err := s.EmitPacket(p); err != nil {
		t.Error(err)
	}
	ws.Want(`42["e",1]`, `42["e",1]`, `42["e",1]`)
	other, _ := NewPacket("/other", "e", 1)
	if _, err := n.EmitPacket(other); !errors.Is(err, ErrNamespace) {
		t.Error(err)
	}
	if err := s.EmitPacket(other); !errors.Is(err, ErrNamespace) {
		t.Error(err)
	}
}
