package mapping

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestRunTests(t *testing.T) {
	rooms := Rule{
		Name: "rooms", Topic: "home/{room}/{sensor}", Namespace: "/home/{room}", Event: "{sensor}",
		When: "payload != 0", Transform: `{"v": payload}`, TransformIn: "payload.v",
	}
	to := Rule{Name: "to", Topic: "a/{x}", To: "b/{x}", Transform: "payload + 1"}
	in := Rule{Name: "in", Topic: "u/{client.id}", Namespace: "/in", Event: "e", Direction: In, Payload: JSON}
	object := func(v any) map[string]any { return map[string]any{"v": v} }
	for _, c := range []struct {
		rule Rule
		test Test
		want string // part of the text, empty for a pass
	}{
		{rooms, Test{Topic: "home/k/t", Payload: "6", Expect: Expect{Namespace: "/home/k", Event: "t", Payload: object(int64(6))}}, ""},
		{rooms, Test{Topic: "home/k/t", Payload: "6", Expect: Expect{Payload: object(6.0)}}, ""},
		{rooms, Test{Topic: "home/k/t", Payload: "0", Expect: Expect{Drop: "when"}}, ""},
		{rooms, Test{Topic: "home/k/join", Payload: "1", Expect: Expect{Drop: ReasonReservedEvent}}, ""},
		{rooms, Test{Namespace: "/home/k", Event: "t", Argument: object(3.5), Expect: Expect{Topic: "home/k/t", Payload: 3.5}}, ""},
		{to, Test{Topic: "a/1", Payload: "1", Expect: Expect{To: "b/1", Payload: 2.0}}, ""},
		{in, Test{Namespace: "/in", Event: "e", Client: "ann", Argument: "x", Expect: Expect{Topic: "u/ann", Payload: "x"}}, ""},
		{in, Test{Namespace: "/in", Event: "e", Argument: "x", Expect: Expect{Drop: "denied"}}, ""},

		{rooms, Test{Topic: "home/k/t", Payload: "6", Expect: Expect{Namespace: "/home/x"}}, `namespace is "/home/k", want "/home/x"`},
		{rooms, Test{Topic: "home/k/t", Payload: "6", Expect: Expect{Payload: 6.0}}, `payload is {"v":6}, want 6`},
		{rooms, Test{Topic: "home/k/t", Payload: "0", Expect: Expect{Event: "t"}}, `drop is "when", want ""`},
		{rooms, Test{Topic: "home/k/t", Payload: "6", Expect: Expect{Drop: "when"}}, `drop is "", want "when"`},
		{rooms, Test{Topic: "other/k/t", Payload: "6", Expect: Expect{Event: "t"}}, "does not take this message"},
		{rooms, Test{Namespace: "/home/k", Event: "connect", Expect: Expect{Topic: "t"}}, "does not take this message"},
		{to, Test{Topic: "a/1", Payload: "{}", Expect: Expect{To: "b/1"}}, "transform_error"},
	} {
		c.rule.Tests = []Test{c.test}
		results := mustCompile(t, c.rule).RunTests()
		if len(results) != 1 {
			t.Fatalf("%d results", len(results))
		}
		r := results[0]
		if r.OK != (c.want == "") || !strings.Contains(r.Text, c.want) {
			t.Errorf("%+v: %v %q, want %q", c.test, r.OK, r.Text, c.want)
		}
	}
}

func TestRunTestsNamesTheLine(t *testing.T) {
	rules, err := ParseTOML("gateway.toml", []byte(designFile))
	if err != nil {
		t.Fatal(err)
	}
	table, err := Compile(rules)
	if err != nil {
		t.Fatal(err)
	}
	results := table.RunTests()
	if len(results) != 2 || results[1].File != "gateway.toml" || results[1].Line != 30 || results[1].Index != 1 {
		t.Errorf("%+v", results)
	}
}

func TestTry(t *testing.T) {
	table := mustCompile(
		t,
		Rule{Name: "raw", Topic: "a/{x}", Namespace: "/a", Event: "{x}"},
		Rule{Name: "filtered", Topic: "a/{x}", Namespace: "/a", Event: "{x}", Direction: Out, When: "payload > 5"},
		Rule{Name: "broken", Topic: "a/{x}", Namespace: "/a", Event: "{x}", Direction: Out, Transform: "payload.x"},
		Rule{Name: "copy", Topic: "a/{x}", To: "b/{x}"},
		Rule{Name: "other", Topic: "z", Namespace: "/a", Event: "e"},
	)
	got, err := json.Marshal(table.Try("a/1", []byte("3")))
	if err != nil {
		t.Fatal(err)
	}
	want := `[{"rule":"raw","namespace":"/a","event":"1","value":{"json":3}},` +
		`{"rule":"filtered","namespace":"/a","event":"1","value":{},"drop":"when"},` +
		`{"rule":"broken","namespace":"/a","event":"1","value":{},"drop":"transform_error","text":"mapping \"broken\": transform: cannot fetch x from float64 (1:9)"},` +
		`{"rule":"copy","to":"b/1","value":{"json":3}}]`
	if string(got) != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := table.Try("a/join", []byte("3"))[0]; got.Drop != ReasonReservedEvent || got.Value.JSON != nil {
		t.Errorf("a reserved event becomes %+v", got)
	}
}

func TestTestsOfARuleRunOnce(t *testing.T) {
	rule := Rule{
		Name: "r", Topic: "a/{x}", Namespace: "/a", Event: "{x}", Direction: Out,
		Tests: []Test{{Topic: "a/b", Payload: "1", Expect: Expect{Event: "c"}}},
	}
	table, err := Compile([]Rule{rule})
	if err != nil {
		t.Fatal(err)
	}
	never := func() bool { return false }
	if got := table.RunTestsWhile(never); len(got) != 0 {
		t.Errorf("without time: %v", got)
	}
	first := table.RunTests()
	if len(first) != 1 || first[0].OK {
		t.Fatalf("got %v", first)
	}
	again, _ := table.Recompile([]Rule{rule})
	if got := again.RunTestsWhile(never); len(got) != 1 || got[0] != first[0] {
		t.Errorf("the same rule in another table: %v", got)
	}
	rule.Event = "c"
	changed, err := table.Recompile([]Rule{rule})
	if got := changed.RunTestsWhile(never); err != nil || len(got) != 0 {
		t.Errorf("a changed rule: %v, %v", got, err)
	}
	rule.Tests = make([]Test, maxTests+1)
	if _, err := Compile([]Rule{rule}); err == nil || !strings.Contains(err.Error(), "100 tests at most") {
		t.Errorf("too many tests: %v", err)
	}
}
