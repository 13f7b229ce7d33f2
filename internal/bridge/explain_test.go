package bridge

import (
	"slices"
	"strings"
	"testing"

	"gateway/internal/bus"
	"gateway/internal/trace"
	"gateway/pkg/mapping"
)

// story is what the trace of the newest message of a topic says of its rules.
func (w *world) story(topic string) (texts []string) {
	w.Helper()
	all := w.bus.Recorded(0, w.bus.Seq())
	i := slices.IndexFunc(all, func(m *bus.Recorded) bool { return m.Topic == topic })
	if i < 0 {
		w.Fatalf("no message of %s", topic)
	}
	for _, m := range all[i:] {
		if m.Topic == topic {
			i = slices.Index(all, m)
		}
	}
	for _, s := range trace.Explain(all[i].View(), w.bus.Marks(all[i]), w.bridge.Explain(all[i])).Steps[2:] {
		texts = append(texts, s.Text)
	}
	return texts
}

func TestEachRuleSaysWhatItMadeOfAMessage(t *testing.T) {
	w := newWorld(
		t,
		mapping.Rule{Name: "hot", Topic: "h/{x}", Namespace: "/h", Event: "{x}", When: "payload > 30", Transform: "payload * 2", Direction: mapping.Out},
		mapping.Rule{Name: "reserved", Topic: "h/{x}", Namespace: "/{x}", Event: "e", Direction: mapping.Out},
		mapping.Rule{Name: "loop a", Topic: "loop/{x}", To: "pool/{x}"},
		mapping.Rule{Name: "broken", Topic: "b/{x}", Namespace: "/b", Event: "{x}", Payload: mapping.JSON, Direction: mapping.Out},
		mapping.Rule{Name: "band", Topic: "band/{x}", Namespace: "/b", Event: "{x}", Deadband: 1, Direction: mapping.Out},
	)
	for _, c := range []struct{ topic, payload, want string }{
		{"h/a", "21", "mapping hot: not sent, `payload > 30` is false"},
		{"h/a", "40", "as 80"},
		{"h/mqtt", "21", "mapping reserved: not sent, the name that it makes is reserved or too long, reserved namespace"},
		{"loop/a", "1", "mapping loop a: published again on pool/a"},
		{"b/a", "no json", "mapping broken: not sent, it could not be worked out, "},
		{"band/a", "1", "mapping band: sent to /b as a, but no socket"},
		{"band/a", "1.5", "mapping band: not sent, the number is too near"},
	} {
		w.publish(c.topic, c.payload)
		if got := strings.Join(w.story(c.topic), "\n"); !strings.Contains(got, c.want) {
			t.Errorf("%s %s:\n%s\nwant %q", c.topic, c.payload, got, c.want)
		}
	}
}

func TestARuleThatHasChangedSinceSaysSo(t *testing.T) {
	rule := mapping.Rule{Name: "hot", Topic: "h/{x}", Namespace: "/h", Event: "{x}", When: "payload > 30"}
	w := newWorld(t, rule)
	w.publish("h/a", "21")
	for _, c := range []struct {
		change func(*mapping.Rule)
		want   string
	}{
		{func(r *mapping.Rule) { r.When = "payload > 20" }, "mapping hot: not sent, though it would be now"},
		{func(r *mapping.Rule) { r.Topic = "g/{x}" }, "mapping hot: not sent, but it has no such topic any more"},
		{func(r *mapping.Rule) { r.Name = "cold" }, "mapping hot: not sent, but there is no such mapping any more"},
	} {
		changed := rule
		c.change(&changed)
		table, err := mapping.Compile([]mapping.Rule{changed})
		if err != nil {
			t.Fatal(err)
		}
		w.bridge.Apply(table, nil)
		if got := w.story("h/a"); !slices.Equal(got, []string{c.want}) {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

func TestACommandSaysWhetherItWasAnswered(t *testing.T) {
	w := newWorld(t, mapping.Rule{
		Name: "plug", Topic: "cmnd/{id}/GET", Namespace: "/plugs", Event: "{id}", Direction: mapping.In,
		RPC: &mapping.RPC{Reply: "stat/{id}/RESULT"},
	})
	w.bus.Attach("device", func(d *bus.Delivery) {
		if d.Message.Topic == "cmnd/there/GET" {
			d.Heard()
			answer := *d.Message
			answer.Topic, answer.ResponseTopic = "stat/there/RESULT", ""
			d.Derive(answer)
		}
	})
	for id, want := range map[string]string{"there": "was answered after", "away": "was not answered"} {
		_, _ = w.emit("/plugs", id, "1")
		if got := strings.Join(w.story("cmnd/"+id+"/GET"), "\n"); !strings.Contains(got, want) {
			t.Errorf("%s: %q", id, got)
		}
	}
}
