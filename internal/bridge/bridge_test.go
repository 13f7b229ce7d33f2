package bridge

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"

	"gateway/internal/access"
	"gateway/internal/bus"
	"gateway/internal/fault"
	"gateway/internal/trace"
	"gateway/pkg/mapping"
)

// audience records what would reach sockets.
type audience struct {
	mu   sync.Mutex
	got  []string
	dead bool
}

func (a *audience) Live(string) bool { return !a.dead }

func (a *audience) Emit(e *Emission) {
	a.mu.Lock()
	defer a.mu.Unlock()
	value := string(e.Value.JSON)
	if e.Value.IsBinary {
		value = fmt.Sprintf("%x", e.Value.Binary)
	}
	text := fmt.Sprintf("%s %s %s", e.Namespace, e.Event, value)
	if e.Except != "" {
		text += " except " + e.Except
	}
	a.got = append(a.got, text)
}

func (a *audience) take() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	got := a.got
	a.got = nil
	return got
}

type values struct{ m map[string]bus.Message }

func (v values) Put(m *bus.Message)               { v.m[m.Topic] = *m }
func (v values) Delete(topic string)              { delete(v.m, topic) }
func (v values) Get(t string) (bus.Message, bool) { m, ok := v.m[t]; return m, ok }
func (v values) Match(f string, fn func(bus.Message) bool) {
	for t, m := range v.m {
		if mapping.MatchFilter(f, t) && !fn(m) {
			return
		}
	}
}

type world struct {
	*testing.T
	bus    *bus.Bus
	bridge *Bridge
	heard  *audience
	drops  *trace.Drops
}

func newWorld(t *testing.T, rules ...mapping.Rule) *world {
	t.Helper()
	for i := range rules {
		if rules[i].Name == "" {
			rules[i].Name = fmt.Sprint("rule", i)
		}
	}
	table, err := mapping.Compile(rules)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{T: t, heard: &audience{}, drops: trace.NewDrops(slog.New(slog.DiscardHandler))}
	w.bus = bus.New(bus.Options{Values: values{map[string]bus.Message{}}, Exclude: []string{"+/+/set"}})
	w.bridge = New(w.bus, w.heard, w.drops)
	w.bridge.Apply(table, nil)
	return w
}

func (w *world) publish(topic, payload string) {
	w.Helper()
	_, err := w.bus.Publish(bus.Message{Topic: topic, Payload: []byte(payload), Principal: access.Anonymous(), Origin: bus.Origin{Adapter: bus.FromMQTT}})
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) emit(namespace, event, arg string) (Reply, error) {
	type result struct {
		Reply
		error
	}
	done := make(chan result, 1)
	w.bridge.Inbound(context.Background(), Event{
		Namespace: namespace, Name: event, Args: []mapping.Arg{{JSON: []byte(arg)}}, Principal: access.Anonymous(), Socket: "sock1",
	}, func(r Reply, err error) { done <- result{r, err} })
	r := <-done
	return r.Reply, r.error
}

func (w *world) want(want ...string) {
	w.Helper()
	if got := w.heard.take(); !slices.Equal(got, want) {
		w.Errorf("heard %q, want %q", got, want)
	}
}

func (w *world) dropped(reason string) (n uint64) {
	for _, c := range w.drops.Counts() {
		if c.Reason == reason {
			n += c.N
		}
	}
	return n
}

func rooms() mapping.Rule {
	return mapping.Rule{Name: "rooms", Topic: "home/{room}/{sensor}", Namespace: "/home/{room}", Event: "{sensor}"}
}

func TestEveryMatchingRuleFiresInOrder(t *testing.T) {
	w := newWorld(t, rooms(), mapping.Rule{Name: "all", Topic: "home/#", Namespace: "/all", Event: "any", Direction: mapping.Out})
	w.publish("home/kitchen/temp", "21.5")
	w.publish("garden/temp", "9")
	w.want("/home/kitchen temp 21.5", "/all any 21.5")
	if s := w.bridge.Stats()[0]; s.Out != 1 {
		t.Errorf("rule counted %+v", s)
	}
}

func TestInboundIsNotEchoedToItsSocketByTheSameRule(t *testing.T) {
	w := newWorld(t, rooms(), mapping.Rule{Name: "all", Topic: "home/#", Namespace: "/all", Event: "any", Direction: mapping.Out})
	if _, err := w.emit("/home/kitchen", "temp", `"22"`); err != nil {
		t.Fatal(err)
	}
	w.want("/home/kitchen temp 22 except sock1", "/all any 22")
	if m, ok := w.bus.Last("home/kitchen/temp"); !ok || string(m.Payload) != "22" {
		t.Errorf("last value %q %v", m.Payload, ok)
	}
}

func TestInboundIsRefusedInWords(t *testing.T) {
	w := newWorld(t, rooms())
	_, err := w.emit("/home/kitchen", "a/b", `1`)
	if fault.CodeOf(err) != fault.Invalid {
		t.Errorf("an event with a slash gave %v", err)
	}
	_, err = w.emit("/garden", "temp", `1`)
	if fault.CodeOf(err) != fault.Invalid || !strings.Contains(err.Error(), "/garden") {
		t.Errorf("an unmapped namespace gave %v", err)
	}
	if w.dropped("invalid") != 2 {
		t.Errorf("counted %v", w.drops.Counts())
	}
}

func TestLoopsEnd(t *testing.T) {
	w := newWorld(t,
		mapping.Rule{Name: "ab", Topic: "a/{x}", To: "b/{x}"},
		mapping.Rule{Name: "out", Topic: "b/{x}", Namespace: "/b", Event: "{x}", Direction: mapping.Out},
	)
	w.publish("a/1", "v")
	w.want(`/b 1 "v"`)
}

func TestWhenFiltersAndErrorsAreCounted(t *testing.T) {
	rule := rooms()
	rule.Direction, rule.When = mapping.Out, "payload > 10"
	w := newWorld(t, rule)
	w.publish("home/kitchen/temp", "21")
	w.publish("home/kitchen/temp", "5")
	w.publish("home/kitchen/temp", `"warm"`)
	w.want("/home/kitchen temp 21")
	s := w.bridge.Stats()[0]
	if s.Filtered != 1 || s.Dropped != 1 || s.LastError == nil {
		t.Errorf("counted %+v", s)
	}
}

func TestNothingIsEncodedForAnEmptyHouse(t *testing.T) {
	w := newWorld(t, rooms())
	w.heard.dead = true
	w.publish("home/kitchen/temp", "1")
	w.want()
}

func TestARuleThatCannotTakeAnEventDoesNotStopTheOthers(t *testing.T) {
	asJSON, asAny := rooms(), rooms()
	asJSON.Name, asJSON.Topic, asJSON.Payload, asJSON.Direction = "json", "json/{room}/{sensor}", mapping.JSON, mapping.In
	asAny.Name, asAny.Topic, asAny.Direction = "any", "any/{room}/{sensor}", mapping.In
	w := newWorld(t, asJSON, asAny)
	var topics []string
	w.bus.Attach("test", func(d *bus.Delivery) { topics = append(topics, d.Message.Topic) })
	done := make(chan error, 1)
	w.bridge.Inbound(context.Background(), Event{
		Namespace: "/home/k", Name: "t", Args: []mapping.Arg{{Binary: []byte{1}, IsBinary: true}}, Principal: access.Anonymous(),
	}, func(_ Reply, err error) { done <- err })
	if err := <-done; fault.CodeOf(err) != fault.Invalid {
		t.Errorf("acked with %v", err)
	}
	if want := []string{"any/k/t"}; !slices.Equal(topics, want) {
		t.Errorf("published on %v, want %v", topics, want)
	}
}

func TestAnEventOfARuleWithoutReplayIsACommand(t *testing.T) {
	rule := rooms()
	rule.Replay = mapping.ReplayNone
	w := newWorld(t, rule)
	if _, err := w.emit("/home/k", "t", "1"); err != nil {
		t.Fatal(err)
	}
	if m, ok := w.bus.Last("home/k/t"); ok {
		t.Errorf("kept %q", m.Payload)
	}
}

func TestReplayGivesTheLastValuesUpToTheBarrier(t *testing.T) {
	w := newWorld(t, rooms())
	w.publish("home/kitchen/temp", "1")
	w.publish("home/kitchen/temp", "2")
	w.publish("home/attic/temp", "9")
	w.publish("home/kitchen/set", "on") // a command: never kept
	var cut uint64
	w.bus.Barrier(func(seq uint64) { cut = seq })
	w.publish("home/kitchen/hum", "60")
	w.heard.take()
	rules, known, inbound := w.bridge.Audibles("/home/kitchen", access.Anonymous())
	if len(rules) != 1 || !known || !inbound {
		t.Fatalf("audibles: %v %v %v", rules, known, inbound)
	}
	w.bridge.Replay("/home/kitchen", "", access.Anonymous(), rules[0], cut, func(e *Emission) bool {
		w.heard.Emit(e)
		return true
	})
	w.want("/home/kitchen temp 2")
}

func TestAudiblesOfANarrowToken(t *testing.T) {
	w := newWorld(t, rooms())
	p := &access.Principal{Kind: access.KindToken, ID: "x", Read: []string{"home/+/temp"}}
	rules, _, _ := w.bridge.Audibles("/home/kitchen", p)
	if len(rules) != 1 || rules[0].Coverage != mapping.Partial {
		t.Errorf("got %v", rules)
	}
	if rules, _, _ := w.bridge.Audibles("/home/kitchen", &access.Principal{Kind: access.KindToken, Read: []string{"garden/#"}}); len(rules) != 0 {
		t.Errorf("a token for the garden hears %v", rules)
	}
}

func TestReloadKeepsCounters(t *testing.T) {
	w := newWorld(t, rooms())
	w.publish("home/kitchen/temp", "1")
	other := rooms()
	other.Event = "x-{sensor}"
	table, err := mapping.Compile([]mapping.Rule{other})
	if err != nil {
		t.Fatal(err)
	}
	w.heard.take()
	w.bridge.Apply(table, nil)
	w.publish("home/kitchen/temp", "2")
	w.want("/home/kitchen x-temp 2")
	if s := w.bridge.Stats()[0]; s.Out != 2 {
		t.Errorf("counted %+v", s)
	}
}

func BenchmarkMapped(b *testing.B) {
	table, _ := mapping.Compile([]mapping.Rule{rooms()})
	bs := bus.New(bus.Options{Values: values{map[string]bus.Message{}}, Exclude: []string{"+/+/set", "cmnd/#"}})
	br := New(bs, discard{}, trace.NewDrops(slog.New(slog.DiscardHandler)))
	br.Apply(table, nil)
	p := access.Anonymous()
	payload := []byte(`"` + strings.Repeat("x", 98) + `"`)
	b.ReportAllocs()
	for b.Loop() {
		_, _ = bs.Publish(bus.Message{Topic: "home/kitchen/temp", Payload: payload, Principal: p})
	}
}

type discard struct{}

func (discard) Live(string) bool { return true }
func (discard) Emit(*Emission)   {}
