package sio

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gateway/internal/access"
	"gateway/internal/bridge"
	"gateway/internal/bus"
	"gateway/internal/trace"
	"gateway/pkg/mapping"
	"gateway/pkg/socketio/client"
)

// values keeps last values in memory, sorted when they are matched.
type values struct {
	mu sync.Mutex
	m  map[string]bus.Message
}

func (v *values) Put(m *bus.Message) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.m[m.Topic] = *m
}

func (v *values) Delete(topic string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.m, topic)
}

func (v *values) Get(topic string) (bus.Message, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	m, ok := v.m[topic]
	return m, ok
}

func (v *values) Match(filter string, fn func(bus.Message) bool) {
	v.mu.Lock()
	var all []bus.Message
	for topic, m := range v.m {
		if mapping.MatchFilter(filter, topic) {
			all = append(all, m)
		}
	}
	v.mu.Unlock()
	slices.SortFunc(all, func(a, b bus.Message) int { return strings.Compare(a.Topic, b.Topic) })
	for _, m := range all {
		if !fn(m) {
			return
		}
	}
}

// stepIn is the bridge, with places where a test steps in once.
type stepIn struct {
	*bridge.Bridge
	mu                        sync.Mutex
	beforeApply, beforeReplay func()
}

func (s *stepIn) once(f *func()) {
	s.mu.Lock()
	do := *f
	*f = nil
	s.mu.Unlock()
	if do != nil {
		do()
	}
}

// step sets what is to happen before the next replay.
func (s *stepIn) step(do func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.beforeReplay = do
}

func (s *stepIn) Apply(t *mapping.Table, within func(uint64)) {
	s.once(&s.beforeApply)
	s.Bridge.Apply(t, within)
}

func (s *stepIn) Replay(namespace, room string, p *access.Principal, r bridge.Audible, seq uint64, emit func(*bridge.Emission) bool) {
	s.once(&s.beforeReplay)
	s.Bridge.Replay(namespace, room, p, r, seq, emit)
}

// rig is a surface on a real bus and bridge, served over real HTTP.
type rig struct {
	*testing.T
	bus     *bus.Bus
	surface *Surface
	bridge  *stepIn
	url     string
}

func newRig(t *testing.T, who *access.Principal, toml string) *rig {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	b := bus.New(bus.Options{Values: &values{m: map[string]bus.Message{}}})
	drops := trace.NewDrops(log)
	s := New(Options{
		Path: "/socket.io/", Drops: drops, Logger: log,
		Identify: func(*http.Request) (*access.Principal, error) { return who, nil },
	}, b)
	r := &rig{T: t, bus: b, surface: s, bridge: &stepIn{Bridge: bridge.New(b, s, drops)}}
	s.Serve(r.bridge)
	r.reload(toml)
	srv := httptest.NewServer(s)
	r.url = srv.URL + "/socket.io/"
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = s.Close(ctx)
		srv.CloseClientConnections()
		srv.Close()
	})
	return r
}

func (r *rig) reload(toml string) {
	r.Helper()
	rules, err := mapping.ParseTOML("test", []byte(toml))
	if err != nil {
		r.Fatal(err)
	}
	table, err := mapping.Compile(rules)
	if err != nil {
		r.Fatal(err)
	}
	r.surface.Reload(table)
}

func (r *rig) publish(topic, payload string) {
	r.Helper()
	if _, err := r.bus.Publish(bus.Message{Topic: topic, Payload: []byte(payload), Principal: access.System()}); err != nil {
		r.Fatal(err)
	}
}

// peer is a real client; heard has its events in their order, as "event argument", with "(old)" behind replayed ones.
type peer struct {
	*client.Client
	t     *testing.T
	heard chan string
}

func (r *rig) dial(namespace string, events ...string) *peer {
	r.Helper()
	c, err := client.New(r.url, client.Options{Namespace: namespace, NoReconnect: true, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		r.Fatal(err)
	}
	p := &peer{c, r.T, make(chan string, 10_000)}
	for _, name := range events {
		c.On(name, func(_ context.Context, e *client.Event) { p.heard <- describe(name, e) })
	}
	connected := make(chan struct{})
	c.OnConnect(func() { close(connected) })
	c.Start()
	r.Cleanup(func() { _ = c.Close() })
	select {
	case <-connected:
	case <-time.After(10 * time.Second):
		r.Fatal("no connection within 10 s")
	}
	if namespace == rawNamespace {
		p.call("unsubscribe", "nothing")
	} else {
		p.call("leave", "") // answered once the socket has entered and its replay is sent
	}
	return p
}

func describe(name string, e *client.Event) string {
	parts := []string{name}
	for _, a := range e.Args {
		s := string(a.JSON)
		switch {
		case strings.Contains(s, `"replayed":true`):
			s = "(old)"
		case strings.HasPrefix(s, `{"topic"`):
			continue
		}
		parts = append(parts, s)
	}
	return strings.Join(parts, " ")
}

// want reads events until they are all there, in this order and nothing between them.
func (p *peer) want(want ...string) {
	p.t.Helper()
	for i, w := range want {
		select {
		case got := <-p.heard:
			if got != w {
				p.t.Fatalf("event %d is %q, want %q", i, got, w)
			}
		case <-time.After(10 * time.Second):
			p.t.Fatalf("event %d, %q, did not come within 10 s", i, w)
		}
	}
}

func (p *peer) call(event string, args ...any) string {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	answer, err := p.Call(ctx, event, args...)
	if err != nil {
		p.t.Fatalf("%s: %v", event, err)
	}
	return string(answer[0].JSON)
}
