package mapping

import (
	"strings"
	"testing"
)

func TestWarnings(t *testing.T) {
	base := Rule{Name: "first", Topic: "home/{room}/{sensor}", Namespace: "/home/{room}", Event: "{sensor}", Direction: Out}
	for name, c := range map[string]struct {
		second Rule
		want   string // part of the one warning about the second; empty for none
	}{
		"the same again":         {Rule{Topic: "home/{a}/{b}", Namespace: "/home/{a}", Event: "{b}"}, `"first" may send the same event`},
		"a part of it":           {Rule{Topic: "home/{a}/temp", Namespace: "/home/{a}", Event: "temp"}, `"first" may send the same event`},
		"another event":          {Rule{Topic: "home/{a}/temp", Namespace: "/home/{a}", Event: "warm"}, ""},
		"another namespace":      {Rule{Topic: "home/{a}/temp", Namespace: "/rooms/{a}", Event: "temp"}, ""},
		"other topics":           {Rule{Topic: "house/{a}/temp", Namespace: "/home/{a}", Event: "temp"}, ""},
		"one of two halves":      {Rule{Topic: "home/{a}/temp", Namespace: "/home/{a}", Event: "temp", When: "payload > 3"}, ""},
		"literal rooms apart":    {Rule{Topic: "home/attic/temp", Namespace: "/home/cellar", Event: "temp"}, ""},
		"RESULT answers all":     {Rule{Topic: "cmnd/{p}/POWER", Namespace: "/p/{p}", Event: "on", Direction: In, RPC: &RPC{Reply: "stat/{p}/RESULT"}}, "RESULT answers every command"},
		"RESULT, told apart":     {Rule{Topic: "cmnd/{p}/POWER", Namespace: "/p/{p}", Event: "on", Direction: In, RPC: &RPC{Reply: "stat/{p}/RESULT", Match: "payload.POWER != nil"}}, ""},
		"topic to topic is mute": {Rule{Topic: "home/{a}/temp", To: "x/{a}"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			c.second.Name = "second"
			if c.second.Direction == "" && c.second.To == "" {
				c.second.Direction = Out
			}
			table, err := Compile([]Rule{base, c.second})
			if err != nil {
				t.Fatal(err)
			}
			got := table.Warnings()
			switch {
			case c.want == "" && len(got) > 0:
				t.Errorf("warns of %v", got)
			case c.want != "" && (len(got) != 1 || got[0].Rule != "second" || !strings.Contains(got[0].Message, c.want)):
				t.Errorf("got %v, want one with %q", got, c.want)
			}
		})
	}
}

func TestWarningsOfEventsWithTwoTakers(t *testing.T) {
	table, err := Compile([]Rule{
		{Name: "one", Topic: "a/{x}", Namespace: "/n", Event: "{x}", Direction: In},
		{Name: "two", Topic: "b/{x}", Namespace: "/n", Event: "{x}", Direction: In},
		{Name: "three", Topic: "c/{x}", Namespace: "/m", Event: "{x}", Direction: In},
	})
	if err != nil {
		t.Fatal(err)
	}
	got := table.Warnings()
	if len(got) != 1 || got[0].Rule != "two" || !strings.Contains(got[0].Message, `"one" may take the same event`) {
		t.Errorf("got %v", got)
	}
}

func TestRecompileIsCompile(t *testing.T) {
	rules := []Rule{
		{Name: "kept", Topic: "a/{x}", Namespace: "/a", Event: "{x}", Direction: Out, When: "payload > 1"},
		{Name: "edited", Topic: "b/{x}", Namespace: "/b", Event: "{x}"},
		{Name: "moved", Topic: "c/{x}", Namespace: "/c", Event: "{x}", Direction: Out, Transform: "payload + 1"},
	}
	old, err := Compile(rules)
	if err != nil {
		t.Fatal(err)
	}
	edited := rules[1]
	edited.Event = "b-{x}"
	next, err := old.Recompile([]Rule{rules[2], rules[0], edited, rules[0]})
	if err == nil || !strings.Contains(err.Error(), "another mapping has this name") {
		t.Errorf("two rules of one name: %v", err)
	}
	if n := next.Len(); n != 3 {
		t.Fatalf("%d rules stand", n)
	}
	for i, want := range []struct{ topic, event, value string }{{"c/1", "1", "3"}, {"a/1", "1", "2"}, {"b/1", "b-1", "2"}} {
		got := next.Try(want.topic, []byte("2"))
		if len(got) != 1 || got[0].Event != want.event || string(got[0].Value.JSON) != want.value || got[0].Rule.Index() != i {
			t.Errorf("%s: %+v", want.topic, got)
		}
	}
	if got := old.Try("a/1", []byte("2")); got[0].Rule.Index() != 0 || old.Rules()[1].Spec().Event != "{x}" {
		t.Error("the old table has changed")
	}
}
