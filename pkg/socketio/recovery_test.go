package socketio

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"gateway/pkg/socketio/engine"
	"gateway/pkg/socketio/internal/siotest"
)

// greeting is the answer to a CONNECT.
type greeting struct{ SID, PID string }

// hello joins "/" with an auth object and returns the answer.
func hello(t *testing.T, base, auth string) (*siotest.WS, greeting) {
	t.Helper()
	ws := siotest.Dial(t, base+"/socket.io/?EIO=4&transport=websocket")
	ws.WantPrefix("0")
	ws.Send("40" + auth)
	var g greeting
	if err := json.Unmarshal([]byte(ws.WantPrefix("40{")[2:]), &g); err != nil {
		t.Fatal(err)
	}
	return ws, g
}

// event reads an event that ends with an offset, and returns it without and the offset.
func event(t *testing.T, ws *siotest.WS) (string, string) {
	t.Helper()
	s := ws.WantPrefix("4")
	i := strings.LastIndex(s, `,"`)
	if i < 0 {
		t.Fatalf("%q has no offset", s)
	}
	return s[:i] + "]", s[i+2 : len(s)-2]
}

// wantEvent fails unless the next event is this, and returns its offset.
func wantEvent(t *testing.T, ws *siotest.WS, want string) string {
	t.Helper()
	got, offset := event(t, ws)
	if got != want {
		t.Fatalf("got %s, want %s", got, want)
	}
	return offset
}

func claimOf(g greeting, offset string) string {
	return fmt.Sprintf(`{"pid":"%s","offset":"%s"}`, g.PID, offset)
}

func TestRecovery(t *testing.T) {
	srv, base := serve(t, Options{Recovery: time.Minute})
	n := srv.Namespace("/")
	conns := sockets(n)
	ws, g := hello(t, base, "")
	s := ready(t, conns)
	if g.SID != s.ID() || g.PID == "" || s.Recovered() {
		t.Fatalf("%+v", g)
	}
	s.Join("r", "q")
	s.SetData("kept")
	n.Emit("a", 1)
	s.Emit("own", 2)
	n.Transient().Emit("transient")
	n.Volatile().Emit("volatile")
	p, _ := NewPacket("/", "packet")
	n.EmitPacket(p.Transient())
	wantEvent(t, ws, `42["a",1]`)
	offset := wantEvent(t, ws, `42["own",2]`)
	ws.Want(`42["transient"]`, `42["volatile"]`, `42["packet"]`)
	ws.Close()
	eventually(t, "the socket is gone", func() bool { return n.Len() == 0 })

	n.Emit("b", []byte{7})
	n.To("r").Emit("room")
	n.To("x").Emit("other room")
	n.To("x", "q").Emit("one of two")
	n.Except("q").Emit("excepted")
	n.Except(s.ID()).Emit("excepted by id")
	n.To(s.ID()).Emit("by id")
	n.Volatile().Emit("volatile")
	n.Transient().Emit("transient")
	for i := range 5 {
		n.Key("k").Emit("keyed", i)
	}
	if s.Emit("late") == nil {
		t.Error("sent to a socket that is gone")
	}
	n.OnConnect(func(s *Socket) { s.Emit("greeting", "to all") })

	ws, again := hello(t, base, claimOf(g, offset))
	back := ready(t, conns)
	if again != g || !back.Recovered() || back.ID() != g.SID || back == s || back.Data() != "kept" || len(back.Rooms()) != 2 {
		t.Errorf("%+v, recovered %v, rooms %v, data %v", again, back.Recovered(), back.Rooms(), back.Data())
	}
	wantEvent(t, ws, `451-["b",{"_placeholder":true,"num":0}]`)
	ws.Want("\x07")
	wantEvent(t, ws, `42["room"]`)
	wantEvent(t, ws, `42["one of two"]`)
	wantEvent(t, ws, `42["by id"]`)
	for i := range 5 {
		wantEvent(t, ws, fmt.Sprintf(`42["keyed",%d]`, i))
	}
	ws.Want(`42["greeting","to all"]`) // from OnConnect, hence without an offset
	n.To("r").Emit("live")
	wantEvent(t, ws, `42["live"]`)
}

// More than the queue holds is conflated, as it is at a receiver that is behind.
func TestRecoveryOfMoreThanTheQueueHolds(t *testing.T) {
	srv, base := serve(t, Options{Recovery: time.Minute, MaxQueuePackets: 20})
	n := srv.Namespace("/")
	conns := sockets(n)
	ws, g := hello(t, base, "")
	ready(t, conns)
	n.Emit("first")
	offset := wantEvent(t, ws, `42["first"]`)
	ws.Close()
	eventually(t, "the loss is noticed", func() bool { return n.Len() == 0 })
	for i := range 100 {
		n.Key(fmt.Sprint("k", i%2)).Emit("keyed", i)
	}
	ws, _ = hello(t, base, claimOf(g, offset))
	if !ready(t, conns).Recovered() {
		t.Fatal("not recovered")
	}
	wantEvent(t, ws, `42["keyed",98]`)
	wantEvent(t, ws, `42["keyed",99]`)
}

func TestRecoveryIsRefused(t *testing.T) {
	srv, base := serve(t, Options{Recovery: time.Minute, RecoveryPackets: 10})
	n := srv.Namespace("/")
	conns := sockets(n)
	lose := func() (greeting, string) {
		ws, g := hello(t, base, "")
		ready(t, conns)
		n.Emit("x")
		_, offset := event(t, ws)
		before := n.Len()
		ws.Close()
		eventually(t, "the socket is gone", func() bool { return n.Len() < before })
		return g, offset
	}
	refused := func(name, auth string, g greeting) {
		t.Helper()
		ws, again := hello(t, base, auth)
		s := ready(t, conns)
		if s.Recovered() || again.PID == g.PID || again.SID == g.SID {
			t.Errorf("%s: recovered", name)
		}
		ws.Send("41")
	}
	g, offset := lose()
	refused("no offset", `{"pid":"`+g.PID+`"}`, g)
	refused("offset of another server", claimOf(g, "zzzzz1"), g)
	refused("offset to come", claimOf(g, offset+"0"), g)
	refused("unknown pid", claimOf(greeting{PID: "x"}, offset), g)
	refused("odd types", `{"pid":1,"offset":{}}`, g)

	ws, _ := hello(t, base, claimOf(g, offset))
	if !ready(t, conns).Recovered() {
		t.Error("not recovered")
	}
	ws.Send("41") // leaves for good
	eventually(t, "the socket is gone", func() bool { return n.Len() == 0 })
	refused("after a leave", claimOf(g, offset), g)

	g, offset = lose()
	for range 10 {
		n.Emit("more")
	}
	refused("too many packets missed", claimOf(g, offset), g)
}

// A socket that is left out gets no offsets, and is not awaited.
func TestNoRecovery(t *testing.T) {
	srv, base := serve(t, Options{Recovery: time.Minute})
	n := srv.Namespace("/{x}")
	conns := sockets(n)
	ws, s := join(t, base, "/a", conns)
	s.NoRecovery()
	s.Namespace().Emit("all", 1)
	s.Emit("own", 2)
	ws.Want(`42/a,["all",1]`, `42/a,["own",2]`)
	ws.Close()
	eventually(t, "the namespace goes at once", func() bool { return srv.Lookup("/a") == nil })
}

// A client may notice the loss of its connection before the server does.
func TestRecoveryOfAHalfOpenConnection(t *testing.T) {
	srv, base := serve(t, Options{Recovery: time.Minute})
	n := srv.Namespace("/")
	conns := sockets(n)
	old, g := hello(t, base, "")
	first := ready(t, conns)
	n.Emit("a")
	offset := wantEvent(t, old, `42["a"]`)
	n.Emit("b")
	ws, again := hello(t, base, claimOf(g, offset))
	second := ready(t, conns)
	if again != g || !second.Recovered() || first.Connected() || n.Len() != 1 {
		t.Errorf("%+v, recovered %v, %d sockets", again, second.Recovered(), n.Len())
	}
	wantEvent(t, ws, `42["b"]`)
}

func TestRecoveryHoldsADynamicNamespaceForAWhile(t *testing.T) {
	srv, base := serve(t, Options{Recovery: 200 * time.Millisecond})
	conns := sockets(srv.Namespace("/{x}"))
	ws, s := join(t, base, "/a", conns)
	n := s.Namespace()
	n.Emit("x")
	ws.Close()
	eventually(t, "the socket is gone", func() bool { return n.Len() == 0 })
	if srv.Lookup("/a") != n {
		t.Error("the namespace is gone")
	}
	eventually(t, "the namespace is gone", func() bool { return srv.Lookup("/a") == nil })
	eventually(t, "no packet is kept", func() bool { return srv.recovery.bytes.Load() == 0 })

	// A client that leaves is not expected back.
	ws, _ = join(t, base, "/b", conns)
	ws.Send("41/b,")
	eventually(t, "the namespace is gone at once", func() bool { return srv.Lookup("/b") == nil })
}

func TestMiddlewareJudgesReturningClients(t *testing.T) {
	srv, base := serve(t, Options{Recovery: time.Minute})
	n := srv.Namespace("/")
	conns := sockets(n)
	allowed := true
	n.Use(func(_ context.Context, h *Handshake) error {
		if !allowed {
			return &ConnectError{Message: "revoked"}
		}
		h.Data = "fresh"
		return nil
	})
	ws, g := hello(t, base, "")
	ready(t, conns).SetData("old")
	n.Emit("x")
	offset := wantEvent(t, ws, `42["x"]`)
	ws.Close()
	eventually(t, "the socket is gone", func() bool { return n.Len() == 0 })
	allowed = false
	ws = siotest.Dial(t, base+"/socket.io/?EIO=4&transport=websocket")
	ws.WantPrefix("0")
	ws.Send("40" + claimOf(g, offset))
	ws.Want(`44{"message":"revoked"}`)
	allowed = true
	ws.Send("40" + claimOf(g, offset))
	if s := ready(t, conns); !s.Recovered() || s.Data() != "fresh" {
		t.Errorf("recovered %v, data %v", s.Recovered(), s.Data())
	}
}

func TestPacketLog(t *testing.T) {
	r := &recovery{window: time.Minute, maxPackets: 100, maxBytes: 1000 + 5*logOverhead}
	var l packetLog
	start := time.Unix(0, 0)
	add := func(i, size int) {
		l.add(logEntry{offset: uint64(i), at: start.Add(time.Duration(i) * time.Second), frame: engine.NewFrame(nil, make([]byte, size-3))}, r)
	}
	for i := range 500 {
		add(i, 10)
	}
	want := int(r.maxBytes) / (10 + logOverhead)
	if l.len() != want || l.bytes != r.bytes.Load() || l.bytes != int64(want*(10+logOverhead)) || cap(l.entries) > 300 {
		t.Errorf("%d entries of %d bytes (%d), capacity %d", l.len(), l.bytes, r.bytes.Load(), cap(l.entries))
	}
	if missed, ok := l.since(497); !ok || len(missed) != 2 || missed[0].offset != 498 {
		t.Errorf("%v, %v", missed, ok)
	}
	if _, ok := l.since(400); ok {
		t.Error("found what was removed")
	}
	if missed, ok := l.since(499); !ok || len(missed) != 0 {
		t.Errorf("%v, %v", missed, ok)
	}
	add(600, 10) // a minute and more later
	if l.len() != 1 {
		t.Errorf("%d entries, the oldest of %d", l.len(), l.entries[l.head].offset)
	}
	add(601, 5000) // more than everything
	if l.len() != 0 || r.bytes.Load() != 0 {
		t.Errorf("%d entries of %d bytes", l.len(), r.bytes.Load())
	}
}
