package socketio

import (
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"gateway/pkg/socketio/internal/siotest"
)

// footprint is what a process holds.
type footprint struct {
	goroutines int
	heap       int64
}

func measure(srv *Server) footprint { return footprint{busyGoroutines(srv), heap()} }

// busyGoroutines counts all but the few that wait for work for good.
func busyGoroutines(srv *Server) int { return runtime.NumGoroutine() - int(srv.pool.idle.Load()) }

// wantBack waits until the footprint is that of before again: no more
// goroutines, and a heap within 5 % and what a measurement is uncertain by.
func wantBack(t *testing.T, srv *Server, before footprint) {
	t.Helper()
	const noise = 64 << 10
	var now footprint
	defer func() { t.Logf("before %+v, after %+v", before, now) }()
	eventually(t, "the footprint of before", func() bool {
		if busyGoroutines(srv) > before.goroutines {
			return false
		}
		now = measure(srv)
		return now.heap <= before.heap+before.heap/20+noise
	})
}

// client is one end of a session that joined "/".
type client struct {
	*siotest.Raw
	target string // of its requests, where it is a polling one
}

func websocketClient(base string) (client, error) {
	r, err := siotest.JoinRaw(base)
	return client{Raw: r}, err
}

// pollingClient has a TCP connection of its own, where a poll hangs.
func pollingClient(base string) (c client, err error) {
	if c.Raw, err = siotest.DialRaw(base); err != nil {
		return c, err
	}
	open, err := c.Request("GET", "/socket.io/?EIO=4&transport=polling", "")
	if err != nil {
		return c, err
	}
	_, rest, _ := strings.Cut(open, `"sid":"`)
	sid, _, _ := strings.Cut(rest, `"`)
	c.target = "/socket.io/?EIO=4&transport=polling&sid=" + sid
	for _, step := range []struct{ method, body, want string }{{"POST", "40", "ok"}, {"GET", "", "40{"}} {
		got, err := c.Request(step.method, c.target, step.body)
		if err != nil || !strings.HasPrefix(got, step.want) {
			return c, fmt.Errorf("%s: %.100q, %w", step.method, got, err)
		}
	}
	return c, c.Ask("GET", c.target, "")
}

// want reads one event.
func (c client) want(prefix string) error {
	got, err := "", error(nil)
	if c.target == "" {
		got, err = c.Next()
	} else if got, err = c.Answer(); err == nil {
		err = c.Ask("GET", c.target, "")
	}
	if !strings.HasPrefix(got, prefix) {
		return fmt.Errorf("got %.100q, want prefix %q; %w", got, prefix, err)
	}
	return err
}

// Of clients that die all at once nothing remains: not of those on websockets,
// nor of those whose poll hangs.
func TestManyKilledAtOnce(t *testing.T) {
	for name, open := range map[string]func(base string) (client, error){"websocket": websocketClient, "polling": pollingClient} {
		t.Run(name, func(t *testing.T) {
			srv, base := serveAs(t, Options{}, nil)
			n := srv.Namespace("/")
			var gone atomic.Int64
			n.OnConnect(func(s *Socket) {
				s.Join("a", s.ID())
				s.SetData(make([]byte, 1000))
				s.OnDisconnect(func(Reason) { gone.Add(1) })
			})
			killAll(t, n, base, open) // what is made once, and what pools keep
			before := settled(srv)
			killAll(t, n, base, open)
			wantBack(t, srv, before)
			if gone.Load() != 1000 {
				t.Errorf("%d sockets were told of their end, want 1000", gone.Load())
			}
		})
	}
}

// killAll opens 500 clients that get an event, and kills them.
func killAll(t *testing.T, n *Namespace, base string, open func(base string) (client, error)) {
	t.Helper()
	all := make([]client, 500)
	inParallel(len(all), 32, func(i int) {
		var err error
		if all[i], err = open(base); err != nil {
			t.Error(err)
		}
	})
	if t.Failed() {
		t.FailNow()
	}
	if count, _ := n.To("a").Emit("e", strings.Repeat("x", 1000)); count != len(all) {
		t.Errorf("%d receivers", count)
	}
	for _, c := range all {
		if err := c.want(`42["e","xxx`); err != nil {
			t.Error(err)
		}
	}
	for _, c := range all {
		c.Kill()
	}
	eventually(t, "all are gone", func() bool {
		st := n.srv.Stats()
		return st.Connections == 0 && st.Sockets == 0 && st.QueuedBytes == 0 && n.Len() == 0
	})
}

// settled measures once the number of goroutines has stopped to fall.
func settled(srv *Server) footprint {
	f := measure(srv)
	for {
		next := measure(srv)
		if next.goroutines >= f.goroutines && next.heap >= f.heap-f.heap/100 {
			return next
		}
		f = next
	}
}

// churn connects and disconnects so often, in turns by all the ways there are.
func churn(t *testing.T, base string, cycles int) {
	t.Helper()
	inParallel(cycles, 16, func(i int) {
		if i%4 == 3 {
			c, err := pollingClient(base)
			if err != nil {
				t.Error(err)
				return
			}
			c.Kill()
			return
		}
		r, err := siotest.JoinRaw(base)
		if err != nil {
			t.Error(err)
			return
		}
		switch i % 4 {
		case 0:
			r.Kill()
		case 1:
			r.Text("1")
			r.CloseCode()
		case 2:
			r.Text("41")
			r.Write(siotest.Frame(true, siotest.OpClose, []byte{3, 232}))
			r.CloseCode()
		}
		r.Close()
	})
}

// flat does cycles twice and wants the second half to leave nothing behind.
func flat(t *testing.T, cycles int) {
	srv, base := serveAs(t, Options{}, nil)
	srv.Namespace("/").OnConnect(func(s *Socket) { s.Join("a", s.ID()) })
	half := func() {
		churn(t, base, cycles/2)
		eventually(t, "all are gone", func() bool { st := srv.Stats(); return st.Connections == 0 && st.Sockets == 0 })
	}
	half()
	before := settled(srv)
	half()
	wantBack(t, srv, before)
	total := uint64(0)
	for _, n := range srv.Stats().Disconnects {
		total += n
	}
	if total != uint64(cycles/2*2) {
		t.Errorf("%d connections ended, want %d", total, cycles)
	}
}

func TestChurnLeavesNothing(t *testing.T) { flat(t, 2000) }
