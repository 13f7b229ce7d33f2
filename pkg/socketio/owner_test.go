package socketio

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"
)

// owned lets everybody in, as whom the auth object says.
func owned(n *Namespace) {
	n.Use(func(_ context.Context, h *Handshake) error {
		var a struct{ Me string }
		_ = json.Unmarshal(h.Auth, &a)
		h.Owner = a.Me
		return nil
	})
}

func claimBy(who string, g greeting, offset string) string {
	return fmt.Sprintf(`{"me":%q,"pid":%q,"offset":%q}`, who, g.PID, offset)
}

func TestStateIsTakenUpByItsOwnerOnly(t *testing.T) {
	srv, base := serve(t, Options{Recovery: time.Minute})
	n := srv.Namespace("/")
	owned(n)
	conns := sockets(n)
	ws, g := hello(t, base, `{"me":"ann"}`)
	ready(t, conns)
	n.Emit("a", 1)
	offset := wantEvent(t, ws, `42["a",1]`)

	if _, other := hello(t, base, claimBy("bob", g, offset)); other.SID == g.SID || ready(t, conns).Recovered() {
		t.Error("another took up the state of a socket that is connected")
	}
	if !n.Socket(g.SID).Connected() {
		t.Error("another has ended the socket by its id")
	}
	ws.Close()
	eventually(t, "the socket is gone", func() bool { return n.Socket(g.SID) == nil })
	n.Emit("a", 2)
	if _, other := hello(t, base, claimBy("bob", g, offset)); other.SID == g.SID || ready(t, conns).Recovered() {
		t.Error("another took up the state of a lost socket")
	}
	ws, again := hello(t, base, claimBy("ann", g, offset))
	if again.SID != g.SID || !ready(t, conns).Recovered() {
		t.Error("the owner was not recovered")
	}
	wantEvent(t, ws, `42["a",2]`)
}

func TestOwnersOutliveARestart(t *testing.T) {
	before, base := serve(t, Options{Recovery: time.Minute})
	n := before.Namespace("/")
	owned(n)
	ws, g := hello(t, base, `{"me":"ann"}`)
	n.Emit("a", 1)
	offset := wantEvent(t, ws, `42["a",1]`)
	if err := before.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	var state bytes.Buffer
	if err := before.SaveRecovery(&state); err != nil {
		t.Fatal(err)
	}

	after, base := serve(t, Options{Recovery: time.Minute})
	owned(after.Namespace("/"))
	if err := after.LoadRecovery(&state); err != nil {
		t.Fatal(err)
	}
	if _, other := hello(t, base, claimBy("bob", g, offset)); other.SID == g.SID {
		t.Error("another took up the state")
	}
	if _, again := hello(t, base, claimBy("ann", g, offset)); again.SID != g.SID {
		t.Error("the owner was not recovered")
	}
}
