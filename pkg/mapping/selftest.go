package mapping

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
)

// TestResult is how one [[mapping.test]] went.
type TestResult struct {
	Rule  string `json:"rule"`
	Index int    `json:"index"` // position among the tests of its rule, from 0
	OK    bool   `json:"ok"`
	Text  string `json:"text,omitempty"` // what differed, empty when OK
	File  string `json:"file,omitempty"`
	Line  int    `json:"line,omitempty"`
}

// maxTests bounds the tests of one rule: each may take as long as an expression may.
const maxTests = 100

// RunTests runs every [[mapping.test]] of the table, each against its own rule alone. What a rule's tests have shown is kept
// with it, also for tables that [Table.Recompile] makes.
func (t *Table) RunTests() []TestResult { return t.RunTestsWhile(func() bool { return true }) }

// RunTestsWhile is RunTests, but leaves out the tests of rules that were not run before once more returns false.
func (t *Table) RunTestsWhile(more func() bool) []TestResult {
	var out []TestResult
	for _, c := range t.rules {
		texts, ran := c.tests.results(c, more)
		if !ran {
			continue
		}
		for i, text := range texts {
			out = append(out, TestResult{
				Rule: c.Name(), Index: i, OK: text == "", Text: text,
				File: c.spec.Pos.File, Line: c.spec.Pos.LineOf(fmt.Sprintf("test.%d", i)),
			})
		}
	}
	return out
}

// testRun is what the tests of a rule have shown.
type testRun struct {
	mu    sync.Mutex
	ran   bool
	texts []string // by test: what differs, empty for nothing
}

// results runs the tests of c unless they have been run; ran is false when they have not, and more forbids it.
func (r *testRun) results(c *Compiled, more func() bool) (texts []string, ran bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ran || len(c.spec.Tests) == 0 {
		return r.texts, true
	}
	if !more() {
		return nil, false
	}
	for _, test := range c.spec.Tests {
		r.texts = append(r.texts, c.runTest(test))
	}
	r.ran = true
	return r.texts, true
}

// outcome is what a test compares, in the words of Expect.
type outcome struct {
	namespace, event, room, to, topic string
	value                             Value
	drop                              Reason
	err                               error
}

// runTest says what differs from what the test expects, empty for nothing.
func (c *Compiled) runTest(test Test) string {
	got, matched := c.outcome(test)
	if !matched {
		return "the mapping does not take this message"
	}
	want := test.Expect
	if got.drop != want.Drop {
		return differs("drop", string(want.Drop), string(got.drop), got.err)
	}
	for _, f := range []struct{ name, want, got string }{
		{"namespace", want.Namespace, got.namespace},
		{"event", want.Event, got.event},
		{"room", want.Room, got.room},
		{"to", want.To, got.to},
		{"topic", want.Topic, got.topic},
	} {
		if f.want != "" && f.want != f.got {
			return differs(f.name, f.want, f.got, nil)
		}
	}
	if want.Payload == nil || got.drop != "" {
		return ""
	}
	return comparePayload(want.Payload, got.value)
}

func differs(what, want, got string, err error) string {
	s := fmt.Sprintf("%s is %q, want %q", what, got, want)
	if err != nil {
		s += " (" + err.Error() + ")"
	}
	return s
}

// comparePayload compares as JSON, so that 6 and 6.0 are the same; bytes and text that is not JSON compare as text.
func comparePayload(want any, got Value) string {
	wantJSON, err := marshal(want)
	if err != nil {
		return "expect.payload: " + err.Error()
	}
	gotJSON := []byte(got.JSON)
	if got.IsBinary {
		gotJSON = quote(got.Binary)
	}
	var w, g any
	if json.Unmarshal(wantJSON, &w) == nil && json.Unmarshal(gotJSON, &g) == nil && reflect.DeepEqual(w, g) {
		return ""
	}
	return fmt.Sprintf("payload is %s, want %s", gotJSON, wantJSON)
}

// outcome runs the rule on the message of a test; matched is false when the rule does not take it.
func (c *Compiled) outcome(test Test) (o outcome, matched bool) {
	if test.Topic == "" {
		return c.inboundOutcome(test)
	}
	var b bindings
	if c.to == nil && !c.Outbound() || ValidTopic(test.Topic) != nil || !c.topic.bind(test.Topic, &b) {
		return o, false
	}
	r := c.route(test.Topic, &b)
	o = outcome{namespace: r.Namespace, event: r.Event, room: r.Room, to: r.To, drop: r.Drop}
	if o.drop != "" {
		return o, true
	}
	in := Input{Topic: test.Topic, Payload: []byte(test.Payload), Route: &r}
	if c.to == nil {
		o.value, o.drop, o.err = c.Encode(in)
		return o, true
	}
	payload, reason, err := c.Rewrite(in)
	o.value, o.drop, o.err = payloadValue(payload), reason, err
	return o, true
}

func (c *Compiled) inboundOutcome(test Test) (o outcome, matched bool) {
	var args []Arg
	if test.Argument != nil {
		raw, err := marshal(test.Argument)
		if err != nil {
			return outcome{drop: ReasonPayload, err: err}, true
		}
		args = []Arg{{JSON: raw}}
	}
	if !c.Inbound() || reservedNamespace(test.Namespace) || reservedEvent(test.Event) {
		return o, false
	}
	p, ok, err := c.publication(test.Namespace, test.Event, Client{ID: test.Client}, args)
	var refused *InboundError
	if errors.As(err, &refused) {
		return outcome{drop: Reason(refused.Code), err: err}, true
	}
	return outcome{topic: p.Topic, value: payloadValue(p.Payload)}, ok
}

// payloadValue is an MQTT payload as an auto mapping would show it.
func payloadValue(payload []byte) Value {
	v, err := encodeBytes(Auto, payload, false)
	if err != nil {
		return Value{Binary: payload, IsBinary: true}
	}
	return v
}

// checkTests refuses tests that cannot say anything.
func (b *builder) checkTests() {
	if len(b.r.Tests) > maxTests {
		b.fail("test", fmt.Sprintf("a mapping has %d tests at most", maxTests), "keep those that differ")
		return
	}
	for i, test := range b.r.Tests {
		field := fmt.Sprintf("test.%d", i)
		outbound, inbound := test.Topic != "", test.Namespace != "" || test.Event != ""
		switch {
		case outbound && inbound:
			b.fail(field, "a test has a topic, or a namespace and an event", "write two tests")
		case !outbound && (test.Namespace == "" || test.Event == ""):
			b.fail(field, "a test needs a message", "add topic and payload, or namespace, event and argument")
		case reflect.ValueOf(test.Expect).IsZero():
			b.fail(field, "the test expects nothing", `add expect = { event = "..." }`)
		case outbound && b.r.Direction == In && b.r.To == "":
			b.fail(field, "the mapping is socketio_to_mqtt and the test sends a topic", "give the test namespace, event and argument")
		case inbound && (b.r.Direction == Out || b.r.To != ""):
			b.fail(field, "the mapping does not take events and the test sends one", "give the test topic and payload")
		case outbound && strings.ContainsAny(test.Topic, "+#"):
			b.fail(field+".topic", "a message has no + and no # in its topic", "write a topic in full")
		case holdsNull(test.Argument) || holdsNull(test.Expect.Payload):
			b.fail(field, "there is a null inside a list or table, which TOML cannot write", "leave the key out, or test another value")
		}
	}
}

// holdsNull reports whether a list or table has a null in it.
func holdsNull(v any) bool {
	switch x := v.(type) {
	case []any:
		return slices.ContainsFunc(x, func(e any) bool { return e == nil || holdsNull(e) })
	case map[string]any:
		for _, e := range x {
			if e == nil || holdsNull(e) {
				return true
			}
		}
	}
	return false
}
