package socketio

import (
	"bytes"
	"context"
	"encoding/gob"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"gateway/pkg/socketio/internal/siotest"
)

// helloTo joins a namespace of the server with an auth object.
func helloTo(t *testing.T, base, namespace, auth string) (*siotest.WS, greeting) {
	t.Helper()
	ws := siotest.Dial(t, base+"/socket.io/?EIO=4&transport=websocket")
	ws.WantPrefix("0")
	ws.Send("40" + namespace + "," + auth)
	var g greeting
	answer := ws.WantPrefix("40" + namespace + ",{")
	if err := json.Unmarshal([]byte(answer[strings.Index(answer, "{"):]), &g); err != nil {
		t.Fatal(err)
	}
	return ws, g
}

func TestRecoveryAfterARestart(t *testing.T) {
	first := NewServer(Options{Recovery: time.Minute})
	h := httptest.NewServer(first)
	defer h.Close()
	first.Namespace("/unused")
	conns := sockets(first.Namespace("/{x}"))
	ws, g := helloTo(t, h.URL, "/a", "")
	s := ready(t, conns)
	s.Join("r")
	n := s.Namespace()
	n.Emit("before")
	_, offset := event(t, ws)
	gone, left := helloTo(t, h.URL, "/b", "")
	ready(t, conns).Namespace().Emit("x")
	event(t, gone)
	gone.Send("41/b,")
	eventually(t, "the client has left", func() bool { return first.Lookup("/b") == nil })
	if err := first.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	n.To("r").Emit("missed", []byte{1, 2})
	n.To("other").Emit("not missed")
	var state bytes.Buffer
	if err := first.SaveRecovery(&state); err != nil {
		t.Fatal(err)
	}

	second, base := serve(t, Options{Recovery: time.Minute})
	conns = sockets(second.Namespace("/{x}"))
	if err := second.LoadRecovery(bytes.NewReader(state.Bytes())); err != nil {
		t.Fatal(err)
	}
	if st := second.Stats(); st.Namespaces != 1 || second.Lookup("/a") == nil {
		t.Errorf("%+v", st)
	}
	second.Lookup("/a").Emit("after")
	ws, again := helloTo(t, base, "/a", claimOf(g, offset))
	back := ready(t, conns)
	if again != g || !back.Recovered() || fmt.Sprint(back.Rooms()) != "[r]" {
		t.Errorf("%+v, recovered %v, rooms %v", again, back.Recovered(), back.Rooms())
	}
	wantEvent(t, ws, `451-/a,["missed",{"_placeholder":true,"num":0}]`)
	ws.Want("\x01\x02")
	wantEvent(t, ws, `42/a,["after"]`)
	_, fresh := helloTo(t, base, "/b", claimOf(left, offset))
	if ready(t, conns).Recovered() || fresh.SID == left.SID {
		t.Error("a client that had left was recovered")
	}
}

func TestLoadRecoveryRefuses(t *testing.T) {
	srv := NewServer(Options{Recovery: time.Minute})
	defer srv.Close(context.Background())
	for name, state := range map[string]string{"nothing": "", "rubbish": "\xff\x00rubbish"} {
		if err := srv.LoadRecovery(strings.NewReader(state)); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	off := NewServer(Options{})
	defer off.Close(context.Background())
	if err := off.LoadRecovery(strings.NewReader("rubbish")); err != nil {
		t.Errorf("without recovery: %v", err)
	}
}

// What has expired by the time of the load is left out, as is what belongs to no namespace.
func TestLoadRecoveryLeavesOut(t *testing.T) {
	first := NewServer(Options{Recovery: time.Minute})
	h := httptest.NewServer(first)
	defer h.Close()
	conns := sockets(first.Namespace("/{x}"))
	for _, name := range []string{"/a", "/b"} {
		helloTo(t, h.URL, name, "")
		ready(t, conns)
	}
	first.Close(t.Context())
	var state bytes.Buffer
	first.SaveRecovery(&state)

	other := NewServer(Options{Recovery: time.Minute})
	defer other.Close(context.Background())
	other.NamespaceFunc(func(name string) bool { return name == "/b" })
	if err := other.LoadRecovery(bytes.NewReader(state.Bytes())); err != nil {
		t.Fatal(err)
	}
	if st := other.Stats(); st.Namespaces != 1 {
		t.Errorf("%+v", st)
	}
	var st savedState
	if err := gob.NewDecoder(bytes.NewReader(state.Bytes())).Decode(&st); err != nil || len(st.Sessions) != 2 {
		t.Fatalf("%d sessions, %v", len(st.Sessions), err)
	}
	for i := range st.Sessions {
		st.Sessions[i].Expires = time.Now()
	}
	state.Reset()
	gob.NewEncoder(&state).Encode(st)
	late := NewServer(Options{Recovery: time.Minute})
	defer late.Close(context.Background())
	late.Namespace("/{x}")
	if err := late.LoadRecovery(bytes.NewReader(state.Bytes())); err != nil {
		t.Fatal(err)
	}
	if st := late.Stats(); st.Namespaces != 0 {
		t.Errorf("%+v", st)
	}
}
