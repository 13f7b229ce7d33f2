package socketio

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"gateway/pkg/socketio/internal/siotest"
)

func TestCallToMany(t *testing.T) {
	srv, base := serve(t, Options{})
	n := srv.Namespace("/")
	conns := sockets(n)
	var peers []*siotest.WS
	for range 3 {
		ws, s := join(t, base, "/", conns)
		s.Join("a")
		peers = append(peers, ws)
	}
	join(t, base, "/", conns) // not in the room: is not asked
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	got := make(chan []Answer, 1)
	go func() {
		answers, err := n.To("a").Call(ctx, "sum", 1, 2)
		if err != nil {
			t.Error(err)
		}
		got <- answers
	}()
	for i, ws := range peers[:2] {
		ws.Want(`421["sum",1,2]`)
		ws.Send(fmt.Sprintf(`431[%d]`, i))
	}
	peers[2].Want(`421["sum",1,2]`)
	peers[2].Close()
	var texts []string
	for _, a := range <-got {
		switch {
		case errors.Is(a.Err, ErrDisconnected):
			texts = append(texts, "gone")
		case a.Err != nil:
			t.Error(a.Err)
		default:
			texts = append(texts, string(a.Args[0].JSON))
		}
	}
	slices.Sort(texts)
	if want := []string{"0", "1", "gone"}; !slices.Equal(texts, want) {
		t.Errorf("answers %v, want %v", texts, want)
	}
}

func TestCallToManyInVain(t *testing.T) {
	srv, base := serve(t, Options{})
	n := srv.Namespace("/")
	conns := sockets(n)
	join(t, base, "/", conns)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	answers, err := n.Call(ctx, "silence")
	if err != nil || len(answers) != 1 || !errors.Is(answers[0].Err, ErrTimeout) {
		t.Errorf("%v, %v", answers, err)
	}
	if _, err := n.Call(ctx, "connect"); !errors.Is(err, ErrReservedEvent) {
		t.Errorf("a reserved event: %v", err)
	}
	if _, err := n.Call(ctx, "e", func() {}); err == nil {
		t.Error("a function was encoded")
	}
}

func TestManyJoinLeaveAndDisconnect(t *testing.T) {
	srv, base := serve(t, Options{})
	n := srv.Namespace("/")
	conns := sockets(n)
	a, sa := join(t, base, "/", conns)
	b, sb := join(t, base, "/", conns)
	n.To(sa.ID()).SocketsJoin("x", "y")
	if got := n.In("x").Sockets(); len(got) != 1 || got[0] != sa {
		t.Errorf("in x: %v", got)
	}
	n.To("x").SocketsLeave("y")
	if got := n.In("y").Sockets(); len(got) != 0 {
		t.Errorf("in y: %v", got)
	}
	n.To("x").DisconnectSockets(false)
	a.Want("41")
	n.Emit("e")
	b.Want(`42["e"]`)
	if n.Len() != 1 || !sb.Connected() {
		t.Errorf("%d sockets left", n.Len())
	}
}
