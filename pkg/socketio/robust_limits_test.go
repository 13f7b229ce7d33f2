package socketio

import (
	"context"
	"io"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gateway/pkg/socketio/internal/siotest"
)

// Requests that never end cost neither the server nor others anything: the
// head is cut off by the HTTP server, the body by this one.
func TestRequestsThatNeverEnd(t *testing.T) {
	srv, base := serveAs(t, Options{PingInterval: 200 * time.Millisecond, PingTimeout: 300 * time.Millisecond},
		func(h *httptest.Server) { h.Config.ReadHeaderTimeout = 300 * time.Millisecond })
	srv.Namespace("/")
	inParallel(200, 200, func(i int) {
		r, err := siotest.DialRaw(base)
		if err != nil {
			t.Error(err)
			return
		}
		defer r.Close()
		if i%2 == 0 {
			io.WriteString(r, "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nUpgr")
		} else {
			open, _ := r.Request("GET", "/socket.io/?EIO=4&transport=polling", "")
			_, rest, _ := strings.Cut(open, `"sid":"`)
			sid, _, _ := strings.Cut(rest, `"`)
			io.WriteString(r, "POST /socket.io/?EIO=4&transport=polling&sid="+sid+" HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n4")
		}
		if _, err := io.Copy(io.Discard, r.Conn); err != nil {
			t.Errorf("client %d: %v", i, err)
		}
	})
	eventually(t, "all are closed", func() bool { return srv.Stats().Connections == 0 })
	if d := srv.Stats().Disconnects; d[ReasonPingTimeout]+d[ReasonTransportError] != 100 {
		t.Errorf("%d connections left, %v", srv.Stats().Connections, d)
	}
}

// Peers of which nothing is heard any more, with no end of their connection,
// are closed by the ping timeout, whether or not something waits for them.
func TestHalfOpenPeers(t *testing.T) {
	srv, base := serveAs(t, Options{PingInterval: 300 * time.Millisecond, PingTimeout: 300 * time.Millisecond, MaxQueueBytes: 64 << 20}, nil)
	n := srv.Namespace("/")
	const each = 50
	opens := []func(string) (client, error){websocketClient, pollingClient}
	all := make([]client, 2*each)
	inParallel(2*each, 16, func(i int) {
		var err error
		if all[i], err = opens[i%2](base); err != nil {
			t.Error(err)
		}
	})
	for i := range 20 {
		n.Emit("e", i, strings.Repeat("x", 500_000)) // more than the kernel takes
	}
	eventually(t, "all are closed, and their sockets gone", func() bool { return srv.Stats().Connections == 0 && n.Len() == 0 })
	if st := srv.Stats(); st.Disconnects[ReasonPingTimeout] != 2*each || st.QueuedBytes != 0 || n.Len() != 0 {
		t.Errorf("%+v, %d sockets", st, n.Len())
	}
	for _, c := range all {
		c.Close()
	}
}

// Clients that never join a namespace are closed, and counted.
func TestManyThatNeverJoin(t *testing.T) { neverJoin(t, 1000) }

func neverJoin(t *testing.T, clients int) {
	srv, base := serveAs(t, Options{ConnectTimeout: time.Second}, nil)
	srv.Namespace("/")
	all := make([]*siotest.Raw, clients)
	inParallel(clients, 32, func(i int) {
		var err error
		if all[i], err = siotest.OpenRaw(base); err != nil {
			t.Error(err)
		}
	})
	for _, r := range all {
		if code := r.CloseCode(); code != 1008 {
			t.Fatalf("close code %d", code)
		}
		r.Close()
	}
	eventually(t, "all are closed", func() bool { return srv.Stats().Connections == 0 })
	if d := srv.Stats().Disconnects; d[ReasonConnectTimeout] != uint64(clients) || len(d) != 1 {
		t.Errorf("%v", d)
	}
}

// Who leaves while it is joining is in no namespace, and closed as well.
func TestJoiningAndLeavingAtOnce(t *testing.T) {
	srv, base := serveAs(t, Options{ConnectTimeout: 500 * time.Millisecond}, nil)
	srv.Namespace("/")
	const clients = 300
	inParallel(clients, clients, func(i int) {
		r, err := siotest.OpenRaw(base)
		if err != nil {
			t.Error(err)
			return
		}
		defer r.Close()
		join, leave := siotest.Frame(true, siotest.OpText, []byte("40")), siotest.Frame(true, siotest.OpText, []byte("41"))
		if i%2 == 0 {
			r.Write(append(join, leave...))
		} else {
			r.Write(join)
			r.Next() // the open packet
			r.Next() // the answer
			r.Write(leave)
		}
		r.SetReadDeadline(time.Now().Add(8 * time.Second))
		if code := r.CloseCode(); code != 1008 {
			t.Errorf("client %d: close code %d", i, code)
		}
	})
	if d := srv.Stats().Disconnects; d[ReasonConnectTimeout] != clients {
		t.Errorf("%v", d)
	}
}

// While the judging of sockets takes long, a client cannot have it done more
// often at once than it may have sockets, and some that have left.
func TestJoiningFloodIsBounded(t *testing.T) {
	const limit, times = 8, 1000
	srv, base := serveAs(t, Options{MaxNamespaces: limit}, nil)
	n := srv.Namespace("/")
	release := make(chan struct{})
	var now, most atomic.Int64
	n.Use(func(context.Context, *Handshake) error {
		for m, k := most.Load(), now.Add(1); k > m && !most.CompareAndSwap(m, k); m = most.Load() {
		}
		<-release
		now.Add(-1)
		return nil
	})
	r, err := siotest.OpenRaw(base)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for range times {
		r.Text("40")
		r.Text("41")
	}
	eventually(t, "as many as may are judged", func() bool { return now.Load() == 2*limit })
	close(release)
	eventually(t, "all is read", func() bool { return srv.Stats().PacketsIn == 2*times })
	if most.Load() != 2*limit {
		t.Errorf("%d sockets were judged at once, want %d", most.Load(), 2*limit)
	}
	r.Text("40")
	eventually(t, "the client has joined", func() bool { return n.Len() == 1 })
}

// A connection that ends while it is not read leaves nothing behind.
func TestJoiningFloodThatEnds(t *testing.T) {
	srv, base := serveAs(t, Options{MaxNamespaces: 1}, nil)
	var now atomic.Int64
	srv.Namespace("/").Use(func(ctx context.Context, _ *Handshake) error {
		now.Add(1)
		defer now.Add(-1)
		<-ctx.Done() // it cares only for the one that stays
		return ctx.Err()
	})
	r, err := siotest.OpenRaw(base)
	if err != nil {
		t.Fatal(err)
	}
	for range 100 {
		r.Text("40")
	}
	eventually(t, "one is judged", func() bool { return now.Load() > 0 })
	r.Kill()
	eventually(t, "nothing is left", func() bool { return now.Load() == 0 && srv.Stats().Connections == 0 })
}
