package sio

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"gateway/internal/access"
	"gateway/internal/fault"
	"gateway/pkg/socketio"
	"gateway/pkg/socketio/client"
)

func eventOf(t *testing.T, args string) *socketio.Event {
	t.Helper()
	var list []json.RawMessage
	if err := json.Unmarshal([]byte(args), &list); err != nil {
		t.Fatal(err)
	}
	e := &socketio.Event{Name: "watch"}
	for _, a := range list {
		e.Args = append(e.Args, socketio.Arg{JSON: a})
	}
	return e
}

func TestTokenIn(t *testing.T) {
	for auth, want := range map[string]string{
		"": "-", "null": "-", `{}`: "-", `{"token":""}`: "-", `{"token":null}`: "-", `{"mine":1}`: "-", `"x"`: "-", `[1]`: "-", `5`: "-",
		`{"token":"a.b"}`: "a.b", `{"token":"a.b","pid":"x"}`: "a.b", `{"token":5}`: "denied", `{"token":["a"]}`: "denied",
	} {
		got, given, err := tokenIn(json.RawMessage(auth))
		switch {
		case err != nil:
			got = string(fault.CodeOf(err))
		case !given:
			got = "-"
		}
		if got != want {
			t.Errorf("%s: %q, want %q", auth, got, want)
		}
	}
}

func FuzzTokenIn(f *testing.F) {
	f.Add(`{"token":"a.b"}`)
	f.Add(`{"token":{"token":"x"}}`)
	f.Fuzz(func(t *testing.T, auth string) {
		if token, given, err := tokenIn(json.RawMessage(auth)); given == (token == "") || given && err != nil {
			t.Errorf("%q: %q %v %v", auth, token, given, err)
		}
	})
}

func TestOnlyTheSameRightsAreTheSameOwner(t *testing.T) {
	base := access.Principal{Kind: access.KindToken, ID: "a", Role: access.RoleClient, Read: []string{"x", "y"}, Grant: "1"}
	same := base
	same.Write, same.Session = []string{"w"}, "another login"
	if ownerOf(&base) != ownerOf(&same) {
		t.Error("what one may write has nothing to do with what one heard")
	}
	for name, change := range map[string]func(*access.Principal){
		"kind": func(p *access.Principal) { p.Kind = access.KindUser }, "id": func(p *access.Principal) { p.ID = "b" },
		"role": func(p *access.Principal) { p.Role = access.RoleViewer }, "grant": func(p *access.Principal) { p.Grant = "2" },
		"read": func(p *access.Principal) { p.Read = []string{"x"} }, "one pattern": func(p *access.Principal) { p.Read = []string{"xy"} },
	} {
		other := base
		change(&other)
		if ownerOf(&base) == ownerOf(&other) {
			t.Error(name)
		}
	}
}

// tokens are who the tokens of a test stand for; they may change.
type tokens struct {
	mu sync.Mutex
	m  map[string]*access.Principal
}

func (k *tokens) set(p *access.Principal) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.m[p.ID] = p
}

func (k *tokens) remove(id string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.m, id)
}

func (k *tokens) get(id string) *access.Principal {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.m[id]
}

func (k *tokens) install(s *Surface) {
	s.options.Token = func(token, _ string) (*access.Principal, error) {
		if p := k.get(token); p != nil {
			return p, nil
		}
		return nil, fault.New(fault.Denied, "no such token")
	}
	s.options.Current = func(p *access.Principal) *access.Principal { return k.get(p.ID) }
}

func reader(id string, read ...string) *access.Principal {
	return &access.Principal{Kind: access.KindToken, ID: id, Role: access.RoleClient, Read: read}
}

// dialAs connects with a token; gone is closed when the connection is lost.
func (r *rig) dialAs(token, namespace string, events ...string) (p *peer, gone chan struct{}) {
	r.Helper()
	c, err := client.New(r.url, client.Options{
		Namespace: namespace, NoReconnect: true, Logger: slog.New(slog.DiscardHandler), Auth: map[string]any{"token": token},
	})
	if err != nil {
		r.Fatal(err)
	}
	p = &peer{c, r.T, make(chan string, 1000)}
	for _, name := range events {
		c.On(name, func(_ context.Context, e *client.Event) { p.heard <- describe(name, e) })
	}
	connected := make(chan struct{})
	gone = make(chan struct{})
	c.OnConnect(func() { close(connected) })
	c.OnDisconnect(func(error) { close(gone) })
	c.Start()
	r.Cleanup(func() { _ = c.Close() })
	select {
	case <-connected:
	case <-time.After(10 * time.Second):
		r.Fatal("not connected within 10 s")
	}
	return p, gone
}

func everybody(*access.Principal) bool { return true }

func TestReassessCutsWhoIsGoneAndKeepsTheOthers(t *testing.T) {
	r := newRig(t, access.Anonymous(), one)
	k := &tokens{m: map[string]*access.Principal{}}
	k.install(r.surface)
	k.set(reader("a", "#"))
	k.set(reader("b", "#"))
	_, gone := r.dialAs("a", "/h")
	stays, _ := r.dialAs("b", "/h", "x")
	k.remove("a")
	r.surface.Reassess(everybody, "token a was removed")
	select {
	case <-gone:
	case <-time.After(10 * time.Second):
		t.Fatal("still connected")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	_, err := client.Dial(ctx, r.url, client.Options{Namespace: "/h", NoReconnect: true, Auth: map[string]any{"token": "a"}})
	var refusal *client.ConnectError
	if !errors.As(err, &refusal) || refusal.Message != "no such token" || !strings.Contains(fmt.Sprint(refusal.Data), "code:denied") {
		t.Errorf("it comes back: %v", err)
	}
	stays.call("leave", "")
	r.publish("h/x", "1")
	stays.want("x 1")
}

// A token may change between the question who somebody is and the moment when he is found among the sockets.
func TestAChangeWhileASocketConnectsIsNotMissed(t *testing.T) {
	r := newRig(t, access.Anonymous(), one)
	k := &tokens{m: map[string]*access.Principal{}}
	k.install(r.surface)
	k.set(reader("a", "h/x", "h/y"))
	r.publish("h/x", "0")
	r.bridge.step(func() { // the socket's first replay: it is in, and its OnConnect has not returned
		k.set(reader("a", "h/y"))
		r.surface.Reassess(func(*access.Principal) bool { return false }, "") // as if it had not been found
	})
	p, _ := r.dialAs("a", "/h", "x", "y")
	p.call("leave", "")
	r.publish("h/x", "1")
	r.publish("h/y", "2")
	for {
		select {
		case got := <-p.heard:
			switch got {
			case "x 0 (old)": // sent before the change
				continue
			case "y 2":
				return
			}
			t.Fatalf("heard %q", got)
		case <-time.After(10 * time.Second):
			t.Fatal("nothing heard")
		}
	}
}

func TestSubscriptionsFollowTheRights(t *testing.T) {
	r := newRig(t, access.Anonymous(), one)
	k := &tokens{m: map[string]*access.Principal{}}
	k.install(r.surface)
	k.set(reader("a", "#"))
	p, _ := r.dialAs("a", "/mqtt", "message")
	p.call("subscribe", []string{"q/#", "z"})
	steps := []struct {
		read []string
		want string
	}{{[]string{"q/b"}, `message "q/b" 1`}, {[]string{"q/#"}, `message "q/a" 1`}, {[]string{"q/+", "z"}, `message "q/a" 1`}}
	for _, step := range steps {
		k.set(reader("a", step.read...))
		r.surface.Reassess(everybody, "changed")
		r.publish("z", "0") // taken away with the first change, and not given back
		r.publish("q/a", "1")
		r.publish("q/b", "1")
		p.want(step.want)
		if step.want != `message "q/b" 1` {
			p.want(`message "q/b" 1`)
		}
	}
}
