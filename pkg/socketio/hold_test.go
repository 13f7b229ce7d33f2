package socketio

import (
	"fmt"
	"strings"
	"testing"

	"gateway/pkg/socketio/internal/siotest"
)

func TestHold(t *testing.T) {
	srv, base := serve(t, Options{})
	n := srv.Namespace("/")
	conns := sockets(n)
	ws, s := join(t, base, "/", conns)
	other, _ := join(t, base, "/", conns)
	s.Hold()
	s.Join("r")
	n.To("r").Emit("live", 1)
	n.Emit("live", 2)
	s.Emit("old", 0)
	s.Hold()
	s.Release()
	n.Emit("live", 3)
	other.Want(`42["live",2]`, `42["live",3]`)
	s.Release()
	s.Release() // one too many does no harm
	n.Emit("live", 4)
	ws.Want(`42["old",0]`, `42["live",1]`, `42["live",2]`, `42["live",3]`, `42["live",4]`)
	eventually(t, "nothing is queued", func() bool { return srv.Stats().QueuedBytes == 0 })
}

// From the moment the client is told that it is connected it misses nothing:
// what is broadcast while OnConnect replays old values comes after them.
func TestBroadcastsWaitForOnConnect(t *testing.T) {
	srv, base := serve(t, Options{})
	n := srv.Namespace("/")
	n.OnConnect(func(s *Socket) {
		if count, _ := n.Emit("live", 1); count != 1 {
			t.Errorf("%d receivers", count)
		}
		s.Emit("old")
	})
	ws := siotest.OpenSocket(t, base, "/")
	ws.Want(`42["old"]`, `42["live",1]`)
}

// What waits is conflated when there is no room for more, and only then.
func TestHoldConflates(t *testing.T) {
	srv, base := serve(t, Options{MaxQueuePackets: 200, MaxQueueBytes: 64 << 10})
	n := srv.Namespace("/")
	ws, s := join(t, base, "/", sockets(n))
	s.Hold()
	for i := range 100 {
		n.Key("early").Emit("early", i)
	}
	s.Release()
	for i := range 100 {
		ws.Want(fmt.Sprintf(`42["early",%d]`, i))
	}
	s.Hold()
	n.Emit("first")
	for i := range 5000 {
		n.Key(fmt.Sprint("k", i%3)).Emit("k", i)
	}
	n.Volatile().Emit("volatile")
	n.Emit("last")
	s.Release()
	ws.Want(`42["first"]`, `42["k",4997]`, `42["k",4998]`, `42["k",4999]`, `42["volatile"]`, `42["last"]`)
	if st := srv.Stats(); st.QueuedBytes != 0 || st.Drops["slow_consumer"] != 0 {
		t.Errorf("%+v", st)
	}
}

func TestHoldIsBounded(t *testing.T) {
	srv, base := serve(t, Options{MaxQueueBytes: 10_000})
	n := srv.Namespace("/")
	ws, s := join(t, base, "/", sockets(n))
	s.Hold()
	for range 100 {
		n.Emit("x", strings.Repeat("x", 1000))
	}
	ws.WantClosed()
	eventually(t, "the reason is counted", func() bool { return srv.Stats().Disconnects[ReasonSlowConsumer] == 1 })
	s.Release()
}
