package socketio

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"gateway/pkg/socketio/internal/siotest"
)

// wrapped hides that a connection is a plain socket.
type wrapped struct{ net.Conn }

type wrappingListener struct{ net.Listener }

func (l wrappingListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return wrapped{c}, nil
}

// Connections that are more than a socket are written by goroutines of their own.
func TestConnectionsThatAreNoSockets(t *testing.T) {
	for _, secure := range []bool{false, true} {
		t.Run(fmt.Sprintf("tls=%v", secure), func(t *testing.T) {
			srv := NewServer(Options{MaxQueueBytes: 8 << 20})
			h := httptest.NewUnstartedServer(srv)
			h.Config.TLSNextProto = map[string]func(*http.Server, *tls.Conn, http.Handler){}
			if secure {
				h.StartTLS()
			} else {
				h.Listener = wrappingListener{h.Listener}
				h.Start()
			}
			defer h.Close()
			defer srv.Close(t.Context())
			n := srv.Namespace("/")
			conns := sockets(n)
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			c, _, err := websocket.Dial(ctx, h.URL+"/socket.io/?EIO=4&transport=websocket", &websocket.DialOptions{HTTPClient: h.Client()})
			if err != nil {
				t.Fatal(err)
			}
			defer c.CloseNow()
			c.SetReadLimit(1 << 22)
			c.Write(ctx, websocket.MessageText, []byte("40"))
			s := ready(t, conns)
			if s.Handshake().Secure != secure {
				t.Errorf("secure %v", s.Handshake().Secure)
			}
			const count = 2000
			go func() {
				for i := range count {
					n.Emit("e", i, strings.Repeat("x", i))
				}
			}()
			for i := -2; i < count; i++ {
				_, b, err := c.Read(ctx)
				if err != nil {
					t.Fatal(err)
				}
				if i >= 0 && !strings.HasPrefix(string(b), fmt.Sprintf(`42["e",%d,`, i)) {
					t.Fatalf("event %d is %.40q", i, b)
				}
			}
		})
	}
}

// Events emitted while a session moves from polling to websocket arrive once, in order.
func TestUpgradeLosesNothing(t *testing.T) {
	srv, base := serve(t, Options{MaxQueueBytes: 8 << 20, MaxQueuePackets: 100_000})
	n := srv.Namespace("/")
	conns := sockets(n)
	for range 10 {
		p := siotest.OpenPolling(t, base+"/socket.io/")
		p.Post("40")
		s := ready(t, conns)
		const count = 500
		var wg sync.WaitGroup
		wg.Go(func() {
			for i := range count {
				s.Emit("e", i)
				if i%50 == 0 {
					time.Sleep(time.Millisecond)
				}
			}
		})
		var got []string
		poll := func() {
			_, body := p.Get()
			for e := range strings.SplitSeq(body, "\x1e") {
				if strings.HasPrefix(e, "42") {
					got = append(got, e)
				}
			}
		}
		poll()
		poll()
		ws := siotest.Dial(t, base+"/socket.io/?EIO=4&transport=websocket&sid="+p.SID)
		ws.Send("2probe")
		ws.Want("3probe")
		poll() // ends with a noop at the latest
		ws.Send("5")
		for len(got) < count {
			got = append(got, ws.Next())
		}
		for i, e := range got {
			if e != fmt.Sprintf(`42["e",%d]`, i) {
				t.Fatalf("event %d is %q", i, e)
			}
		}
		wait(t, &wg)
		mark(t, s, ws)
		ws.Close()
	}
}

// Joins, leaves and emits on many goroutines: every socket gets what was
// emitted while it was in, in one order for all.
func TestBroadcastIsLinearizable(t *testing.T) {
	srv, base := serve(t, Options{MaxQueueBytes: 8 << 20, MaxQueuePackets: 1 << 20})
	n := srv.Namespace("/")
	conns := sockets(n)
	const clients, emitters, count = 8, 4, 300
	var ws [clients]*siotest.WS
	var so [clients]*Socket
	for i := range ws {
		ws[i], so[i] = join(t, base, "/", conns)
	}
	var wg sync.WaitGroup
	for e := range emitters {
		wg.Go(func() {
			for i := range count {
				n.To("r").Emit("e", e, i)
			}
		})
	}
	for i := range so {
		wg.Go(func() {
			for k := range 50 {
				so[i].Join("r")
				own := fmt.Sprintf("own%d-%d", i, k)
				if sent, _ := n.To("r").Emit(own); sent == 0 {
					t.Error("a socket that has joined is not reached")
				}
				so[i].Leave("r")
			}
		})
	}
	wait(t, &wg)
	var orders [clients][]string
	for i := range ws {
		so[i].Emit("end")
		seen := map[string]int{}
		for {
			e := ws[i].Next()
			if e == `42["end"]` {
				break
			}
			orders[i] = append(orders[i], e)
			seen[e]++
			if seen[e] > 1 {
				t.Fatalf("%s twice", e)
			}
		}
		for k := range 50 {
			if seen[fmt.Sprintf(`42["own%d-%d"]`, i, k)] != 1 {
				t.Errorf("client %d missed its own event %d", i, k)
			}
		}
	}
	checkOneOrder(t, orders[:])
}

// checkOneOrder fails unless what any two clients share comes in the same order.
func checkOneOrder(t *testing.T, orders [][]string) {
	t.Helper()
	for i, a := range orders {
		at := make(map[string]int, len(a))
		for k, e := range a {
			at[e] = k
		}
		for j, b := range orders {
			last := -1
			for _, e := range b {
				k, ok := at[e]
				if ok && k < last {
					t.Fatalf("clients %d and %d saw %s in different orders", i, j, e)
				}
				if ok {
					last = k
				}
			}
		}
	}
}

// Many connections that die at once leave nothing behind.
func TestKillsLeaveNothing(t *testing.T) {
	srv, base := serve(t, Options{})
	home := srv.Namespace("/home/{x}")
	conns := sockets(home)
	var all []*siotest.WS
	for i := range 200 {
		ws, s := join(t, base, fmt.Sprintf("/home/%d", i%20), conns)
		s.Join("r", fmt.Sprint(i))
		all = append(all, ws)
	}
	if st := srv.Stats(); st.Connections != 200 || st.Sockets != 200 || st.Namespaces != 20 {
		t.Errorf("%+v", st)
	}
	var wg sync.WaitGroup
	for _, ws := range all {
		wg.Go(ws.Close)
	}
	wait(t, &wg)
	eventually(t, "all is gone", func() bool {
		st := srv.Stats()
		return st.Connections == 0 && st.Sockets == 0 && st.Namespaces == 0
	})
	if got := srv.Stats().Disconnects[ReasonTransportClose]; got != 200 {
		t.Errorf("%+v", srv.Stats())
	}
}
