package mapping

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzPattern: a pattern matches no topic that its filter leaves out, and its captures hold no level too many.
func FuzzPattern(f *testing.F) {
	f.Add("home/{room}/{sensor...}", "home/kitchen/temp/1")
	f.Fuzz(func(t *testing.T, pattern, topic string) {
		p, err := ParsePattern(pattern)
		if err != nil {
			return
		}
		if err := ValidFilter(p.Filter()); err != nil {
			t.Fatalf("pattern %q has filter %q: %v", pattern, p.Filter(), err)
		}
		var b bindings
		if !p.bind(topic, &b) {
			return
		}
		if !MatchFilter(p.Filter(), topic) {
			t.Fatalf("pattern %q matches %q, its filter %q does not", pattern, topic, p.Filter())
		}
		for slot, name := range p.slots.names {
			if v := b[slot]; v == "" || !p.slots.rest[slot] && strings.Contains(v, "/") {
				t.Fatalf("pattern %q on %q: {%s} took %q", pattern, topic, name, v)
			}
		}
		if p.bare() == "" && p.render(&b) != topic {
			t.Fatalf("pattern %q took %q apart and renders %q", pattern, topic, p.render(&b))
		}
	})
}

// FuzzTemplate: what a both rule sends out comes back as the topic it came from, and a value stays in its level.
func FuzzTemplate(f *testing.F) {
	f.Add("/home/{a}", "{b}", "kitchen", "temp")
	f.Fuzz(func(t *testing.T, namespace, event, a, b string) {
		table, err := Compile([]Rule{{Name: "r", Topic: "t/{a}/{b...}", Namespace: namespace, Event: event}})
		if err != nil {
			return
		}
		topic := "t/" + a + "/" + b
		for _, r := range table.Routes(nil, topic) {
			if r.Drop != "" {
				continue
			}
			if strings.Count(r.Namespace, "/") != strings.Count(namespace, "/") || strings.ContainsAny(r.Namespace, ",?#+") || reservedNamespace(r.Namespace) {
				t.Fatalf("topic %q gets out of %q: %q", topic, namespace, r.Namespace)
			}
			pubs, err := table.Inbound(r.Namespace, r.Event, Client{}, nil)
			if err != nil || len(pubs) != 1 || pubs[0].Topic != topic {
				t.Fatalf("topic %q went out as %q %q and came back as %+v, %v", topic, r.Namespace, r.Event, pubs, err)
			}
		}
	})
}

// FuzzInbound: whatever a client sends, the topic has the shape of the rule's and can be published on.
func FuzzInbound(f *testing.F) {
	table := mustCompile(
		f,
		Rule{Topic: "home/{room}/{sensor}", Namespace: "/home/{room}", Event: "{sensor}"},
		Rule{Topic: "{a}/x", Namespace: "/a", Event: "go:{a}"},
		Rule{Topic: "deep/{r...}", Namespace: "/deep", Event: "e/{r...}"},
		Rule{Topic: "u/{client.id}", Namespace: "/me", Event: "me"},
	)
	f.Add("/home/kitchen", "light", "ann", []byte(`{"a":1}`))
	f.Fuzz(func(t *testing.T, namespace, event, client string, argument []byte) {
		pubs, err := table.Inbound(namespace, event, Client{ID: client}, []Arg{{JSON: argument}})
		var refused *InboundError
		if err != nil && (!errors.As(err, &refused) || pubs != nil) {
			t.Fatalf("%v, %v", pubs, err)
		}
		for _, p := range pubs {
			if err := ValidTopic(p.Topic); err != nil || p.Topic[0] == '$' || !p.Rule.topic.Match(p.Topic) {
				t.Fatalf("%q %q becomes topic %q: %v", namespace, event, p.Topic, err)
			}
			if !table.HasNamespace(namespace) {
				t.Fatalf("%q took an event and is not known", namespace)
			}
		}
	})
}

// FuzzPayload: an argument made of a payload is JSON in UTF-8 or bytes, and most payloads survive the way there and back.
func FuzzPayload(f *testing.F) {
	f.Add([]byte(`{"a": 1}`))
	f.Add([]byte("21.5"))
	f.Add([]byte("\xff"))
	f.Fuzz(func(t *testing.T, payload []byte) {
		for _, codec := range []Codec{Auto, JSON, Text, Binary} {
			v, err := encodeBytes(codec, payload, false)
			if err != nil {
				continue
			}
			if !v.IsBinary && (!json.Valid(v.JSON) || !utf8.Valid(v.JSON)) {
				t.Fatalf("%s: %q becomes %q", codec, payload, v.JSON)
			}
			back, err := decodeArgs(codec, []Arg{{JSON: v.JSON, Binary: v.Binary, IsBinary: v.IsBinary}})
			if err != nil {
				t.Fatalf("%s: %q went out as %q and is refused: %v", codec, payload, v.JSON, err)
			}
			if want := survivor(codec, payload); !bytes.Equal(back, want) {
				t.Fatalf("%s: %q came back as %q, want %q", codec, payload, back, want)
			}
			if _, err := decodePayload(codec, payload); err != nil && !errors.Is(err, ErrPayloadTooLarge) && !errors.Is(err, ErrNumber) {
				t.Fatalf("%s: expressions cannot read %q: %v", codec, payload, err)
			}
		}
	})
}

// survivor is what a payload is after the way to a browser and back.
func survivor(codec Codec, payload []byte) []byte {
	trimmed := bytes.Trim(payload, jsonSpace)
	isJSON := utf8.Valid(payload) && json.Valid(payload)
	switch {
	case codec == JSON && len(payload) == 0:
		return []byte("null")
	case codec == Text || codec == Binary || !isJSON:
		return payload
	}
	var s string
	switch {
	case codec == Auto && trimmed[0] == '"' && json.Unmarshal(trimmed, &s) == nil:
		return []byte(s)
	case codec == Auto && string(trimmed) == "null":
		return nil
	}
	var out bytes.Buffer
	if json.Compact(&out, payload) != nil {
		return payload
	}
	return out.Bytes()
}

// FuzzArgument: no argument of an event crashes a codec.
func FuzzArgument(f *testing.F) {
	f.Add([]byte(`"on"`), true)
	f.Fuzz(func(t *testing.T, raw []byte, binary bool) {
		arg := Arg{JSON: raw}
		if binary {
			arg = Arg{Binary: raw, IsBinary: true}
		}
		for _, codec := range []Codec{Auto, JSON, Text, Binary} {
			payload, err := decodeArgs(codec, []Arg{arg})
			if err == nil && !binary && !json.Valid(raw) {
				t.Fatalf("%s: %q is no JSON and becomes %q", codec, raw, payload)
			}
			if err == nil && codec == JSON && !json.Valid(payload) {
				t.Fatalf("json: %q becomes %q", raw, payload)
			}
		}
		_, _ = decodeArg([]Arg{arg})
	})
}

// FuzzRule: no file crashes reading or compiling, a problem always names its file, and rules survive an export.
func FuzzRule(f *testing.F) {
	f.Add([]byte(designFile))
	files, err := filepath.Glob("testdata/bad/*.toml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		rules, err := ParseTOML("f", data)
		checkProblems(t, err)
		table, err := Compile(rules)
		checkProblems(t, err)
		if table == nil {
			t.Fatal("no table")
		}
		table.RunTests()
		text := FormatTOML(rules)
		again, err := ParseTOML("f", text)
		if err != nil {
			t.Fatalf("%v in the export\n%s", err, text)
		}
		if !sameRules(rules, again) {
			t.Fatalf("%+v became %+v in\n%s", rules, again, text)
		}
	})
}

func checkProblems(t *testing.T, err error) {
	t.Helper()
	var problems *Problems
	if err == nil || !errors.As(err, &problems) {
		return
	}
	for _, p := range problems.List {
		if p.Message == "" || p.Line == 0 || p.File != "f" {
			t.Fatalf("%+v does not say what or where", p)
		}
	}
}

// sameRules compares rules without their positions; NaN is never the same and not looked at.
func sameRules(a, b []Rule) bool {
	strip := func(rules []Rule) string {
		out := slices.Clone(rules)
		for i := range out {
			out[i].Pos = Pos{}
		}
		return fmt.Sprintf("%#v", derefRPC(out))
	}
	return strip(a) == strip(b) || reflect.DeepEqual(a, b)
}

func derefRPC(rules []Rule) []any {
	var out []any
	for i := range rules {
		if rules[i].RPC != nil {
			out = append(out, *rules[i].RPC)
			rules[i].RPC = nil
		}
		out = append(out, rules[i])
	}
	return out
}

// FuzzExpression: no expression over any payload crashes or runs away.
func FuzzExpression(f *testing.F) {
	f.Add(`payload.power > 5 ? {"a": payload} : nil`, "", []byte(`{"power": 6}`))
	f.Add("", ".power", []byte(`{"power": 6}`))
	f.Add(`groupBy(filter(payload, # in payload), # % 2)`, "", []byte(`[1,2,3]`))
	f.Add(`let a = reduce(1..40, #acc + string(#), ""); join(split(a, ""), payload)`, "", []byte(`"x"`))
	f.Add(`uniq(flatten(map(payload, [#, #]))) | sort() | toJSON()`, "", []byte(`[3,[1],null]`))
	f.Add(`repeat(payload, 3) + replace(payload, "a", "b")`, "", []byte(`ab`))
	f.Add("", "[.[] | select(. > 1)] | map(. * 2) | {a: ., $x}", []byte(`[1,2,3]`))
	f.Fuzz(func(t *testing.T, transform, jq string, payload []byte) {
		table, err := Compile([]Rule{{
			Name: "r", Topic: "a/{x}", Namespace: "/a", Event: "e", Direction: Out, Transform: transform, TransformJQ: jq,
		}})
		if err != nil {
			return
		}
		v, reason, err := table.Rules()[0].Encode(Input{Topic: "a/b", Payload: payload})
		if (err != nil) != (reason != "" && reason != ReasonWhen) {
			t.Fatalf("reason %q goes with error %v", reason, err)
		}
		if reason == "" && !v.IsBinary && (!json.Valid(v.JSON) || !utf8.Valid(v.JSON)) {
			t.Fatalf("%s%s over %q yields %q", transform, jq, payload, v.JSON)
		}
	})
}

// FuzzTable: the trie finds the rules that trying every pattern finds, in order, however they overlap.
func FuzzTable(f *testing.F) {
	f.Add("{a}/{b}/{c} {a}/x/+ +/{b}/# x/{r...} # x/x/x", "x/x/x")
	f.Fuzz(func(t *testing.T, patterns, topic string) {
		var rules []Rule
		for i, p := range strings.Fields(patterns) {
			rules = append(rules, Rule{Name: fmt.Sprint(i), Topic: p, Namespace: "/n", Event: "e", Direction: Out})
		}
		table, _ := Compile(rules)
		var want, got []string
		for _, c := range table.Rules() {
			if ValidTopic(topic) == nil && c.topic.Match(topic) {
				want = append(want, c.Name())
			}
		}
		for _, r := range table.Routes(nil, topic) {
			got = append(got, r.Rule.Name())
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%q on %q: %v, want %v", patterns, topic, got, want)
		}
	})
}
