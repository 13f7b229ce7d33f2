package socketio

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gateway/pkg/socketio/internal/siotest"
)

// storm does everything at once to a server, until it is stopped.
type storm struct {
	t    *testing.T
	srv  *Server
	base string
	n    *Namespace // "/"
	dyn  *Namespace // "/home/{room}"
	wg   sync.WaitGroup
	stop chan struct{}
	gone atomic.Int64 // calls of OnDisconnect
	came atomic.Int64 // calls of OnConnect
	did  atomic.Int64
}

// each repeats fn in so many goroutines.
func (s *storm) each(times int, fn func(r *rand.Rand)) {
	for i := range times {
		s.wg.Go(func() {
			r := rand.New(rand.NewPCG(uint64(i), uint64(s.did.Add(1))))
			for {
				select {
				case <-s.stop:
					return
				default:
					fn(r)
					s.did.Add(1)
				}
			}
		})
	}
}

// hooks make every callback call back into the server.
func (s *storm) hooks(n *Namespace) {
	n.Use(func(context.Context, *Handshake) error { s.srv.Stats(); return nil })
	n.OnConnect(func(k *Socket) {
		s.came.Add(1)
		k.Join("a", k.ID())
		k.On("e", func(ctx context.Context, e *Event) {
			e.Ack("ok")
			k.Namespace().To("a").Except(k.ID()).Emit("echo", e.Args[0])
			k.Leave("a")
			k.Join("a", "b")
		})
		k.On("call", func(ctx context.Context, e *Event) {
			ctx, cancel := context.WithTimeout(ctx, 5*time.Millisecond)
			defer cancel()
			k.Call(ctx, "question") // which nobody answers
		})
		k.OnDisconnect(func(Reason) {
			s.gone.Add(1)
			k.Namespace().To("b").Emit("left", k.ID())
			k.Join("c")
			k.Leave("a")
			k.Emit("too late")
			k.Release()
			k.Disconnect(true)
			k.OnDisconnect(func(Reason) {})
			s.srv.Stats()
			s.n.Sockets()
			s.dyn.Emit("left")
			s.srv.Lookup(k.Namespace().Name())
		})
	})
}

// client comes, says a few things, and goes by one of the ways there are.
func (s *storm) client(r *rand.Rand) {
	c, err := siotest.OpenRaw(s.base)
	if err != nil {
		return
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(5 * time.Second))
	c.Text("40")
	c.Text(fmt.Sprintf("40/home/%d,", r.IntN(5)))
	for i := range r.IntN(20) {
		c.Text(fmt.Sprintf(`42%d["e",%d]`, i, i))
		c.Text(fmt.Sprintf(`42/home/%d,["call"]`, r.IntN(5)))
	}
	switch r.IntN(6) {
	case 0:
		c.Kill()
	case 1:
		c.Text("41")
	case 2:
		c.Text("1")
		c.CloseCode()
	case 3:
		c.Text("42x")
		c.CloseCode()
	case 4: // reads nothing: a slow consumer
		<-time.After(20 * time.Millisecond)
	default:
		for range 10 {
			c.Next()
		}
	}
}

// poller comes by polling, and goes in one of the ways there are.
func (s *storm) poller(r *rand.Rand) {
	c, err := pollingClient(s.base)
	if c.Raw != nil {
		defer c.Close()
	}
	if err != nil {
		return
	}
	c.SetDeadline(time.Now().Add(5 * time.Second))
	for range r.IntN(5) {
		if c.want("4") != nil {
			return
		}
	}
	if r.IntN(2) == 0 {
		c.Kill()
		return
	}
	post, err := siotest.DialRaw(s.base)
	if err != nil {
		return
	}
	defer post.Close()
	post.Request("POST", c.target, `42["e",1]`)
	post.Request("POST", c.target, "1")
}

// someone returns a socket, if there is one.
func (s *storm) someone(r *rand.Rand) *Socket {
	all := s.n.Sockets()
	if r.IntN(2) == 0 {
		all = append(all, s.dyn.Sockets()...)
	}
	if len(all) == 0 {
		return nil
	}
	return all[r.IntN(len(all))]
}

// meddle does something to a socket.
func (s *storm) meddle(r *rand.Rand) {
	k := s.someone(r)
	if k == nil {
		return
	}
	switch r.IntN(7) {
	case 0:
		k.Join("a", fmt.Sprint(r.IntN(30)))
	case 1:
		k.Leave("a", "b")
	case 2:
		k.Hold()
		k.Emit("old", strings.Repeat("x", 1000))
		k.Namespace().To(k.ID()).Emit("new")
		k.Release()
	case 3:
		k.Disconnect(r.IntN(2) == 0)
	case 4:
		ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
		k.Wait(ctx)
		k.Call(ctx, "question")
		cancel()
	case 5:
		k.Rooms()
		k.SetData(k.Data())
	default:
		k.Hold() // and it stays so
	}
}

func (s *storm) broadcast(r *rand.Rand) {
	payload := strings.Repeat("x", r.IntN(3000))
	switch r.IntN(5) {
	case 0:
		s.n.Emit("all", payload)
	case 1:
		s.n.To("a", "b").Except("c").Emit("rooms", payload)
	case 2:
		s.n.To("a").Key(fmt.Sprint(r.IntN(5))).Emit("keyed", payload)
	case 3:
		s.dyn.Volatile().Emit("volatile", payload, []byte(payload))
	default:
		s.dyn.To("b").Transient().Emit("children", payload)
	}
	if q := s.srv.Stats().QueuedBytes; q < 0 {
		s.t.Errorf("%d bytes are queued", q)
	}
}

// run lets the storm rage until so many clients have come and gone.
func (s *storm) run(clients int64) {
	s.n, s.dyn = s.srv.Namespace("/"), s.srv.Namespace("/home/{room}")
	s.stop = make(chan struct{})
	s.hooks(s.n)
	s.hooks(s.dyn)
	s.each(6, s.client)
	s.each(2, s.poller)
	s.each(1, s.meddle)
	s.each(1, s.broadcast)
	for end := time.Now().Add(60 * time.Second); s.gone.Load() < clients; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			s.t.Errorf("only %d sockets have come, and %d gone", s.came.Load(), s.gone.Load())
			break
		}
	}
}

// Whatever happens at the same time, nothing waits for itself, every socket
// that came is told of its end once, and the account of what is queued is even.
func TestStorm(t *testing.T) { rage(t, 300) }

func rage(t *testing.T, clients int64) {
	wrap := func(h *httptest.Server) { h.Listener = wrappingListener{h.Listener} }
	for _, c := range []struct {
		name  string
		o     Options
		limit func(*httptest.Server)
	}{
		{"plain", Options{MaxQueueBytes: 30_000, MaxQueuePackets: 50}, nil},
		{"with recovery", Options{MaxQueueBytes: 30_000, Recovery: 50 * time.Millisecond}, nil},
		{"written by goroutines", Options{MaxQueueBytes: 30_000}, wrap},
	} {
		t.Run(c.name, func(t *testing.T) {
			srv, base := serveAs(t, c.o, c.limit)
			s := &storm{t: t, srv: srv, base: base}
			s.run(clients)
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			closed := make(chan error, 1)
			go func() { closed <- srv.Close(ctx) }() // in the middle of it
			if err := recv(t, closed); err != nil {
				t.Errorf("close: %v", err)
			}
			close(s.stop)
			wait(t, &s.wg)
			st := srv.Stats()
			if s.came.Load() != s.gone.Load() || st.Sockets != 0 || st.Connections != 0 || st.QueuedBytes != 0 {
				t.Errorf("%d came, %d gone, %+v", s.came.Load(), s.gone.Load(), st)
			}
			t.Logf("%d sockets, %d steps, %v", s.came.Load(), s.did.Load(), st.Disconnects)
		})
	}
}
