package mapping

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestRPCOverlap(t *testing.T) {
	for _, c := range []struct {
		a, b    string // namespace and event of the rpc rule and of a plain one
		overlap bool
	}{
		{"/d power", "/d power", true},
		{"/d power", "/d state", false},
		{"/d power", "/e power", false},
		{"/{d} power", "/e power", true},
		{"/{d} {e}", "/e power", true},
		{"/{d}/x {e}", "/e power", false},
		{"/a-{d} {e}", "/b-{d} {e}", false},
		{"/a-{d} {e}", "/{d}-b {e}", true},
		{"/a-{d}.x {e}", "/{d}.y {e}", false},
		{"/d {e...}", "/d a/b", true},
		{"/d x/{e...}", "/d a/b", false},
		{"/d p{e...}", "/d a/b", false},
		{"/d p{e...}", "/d power/b", true},
		{"/d p{e...}", "/d p{f...}", true},
		{"/d {e}/x", "/d {e}", false},
	} {
		rule := func(name, s string) Rule {
			ns, ev, _ := strings.Cut(s, " ")
			return Rule{Name: name, Topic: "t", Namespace: ns, Event: ev, Direction: In}
		}
		rpc, plain := rule("rpc", c.a), rule("plain", c.b)
		rpc.RPC = &RPC{Reply: "r"}
		for _, order := range [][]Rule{{rpc, plain}, {plain, rpc}} {
			table, err := Compile(order)
			if (err != nil) != c.overlap {
				t.Errorf("%s and %s: %v", c.a, c.b, err)
			}
			if c.overlap && (table.Len() != 1 || table.Rules()[0].Name() != order[0].Name) {
				t.Errorf("%s and %s: the earlier rule is not the one kept", c.a, c.b)
			}
		}
	}
}

// TestCyclesAgreeWithRunning compares the search for cycles with running messages through random rules: whatever set
// of rules is accepted, no message may meet one rule twice.
func TestCyclesAgreeWithRunning(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	refused, accepted := 0, 0
	for range 2000 {
		var rules []Rule
		for i := range 2 + rnd.IntN(4) {
			rules = append(rules, randomRewrite(rnd, fmt.Sprintf("r%d", i)))
		}
		table, err := Compile(rules)
		var problems *Problems
		if err != nil && !errors.As(err, &problems) {
			t.Fatal(err)
		}
		if err != nil {
			refused++
		} else {
			accepted++
		}
		for _, topic := range small([]string{"a", "b", "c"}) {
			runs := make(map[string]bool)
			if again := meetsTwice(table, topic, nil, runs); again != "" {
				t.Fatalf("topic %q meets %s twice in\n%s", topic, again, FormatTOML(rules))
			}
		}
	}
	if refused < 100 || accepted < 100 {
		t.Errorf("%d refused and %d accepted: the rules are not random enough", refused, accepted)
	}
}

func randomRewrite(rnd *rand.Rand, name string) Rule {
	levels := []string{"a", "b", "c", "{x}", "{y}", "{r...}"}
	var topic, to []string
	seen := map[string]bool{}
	for i := range 1 + rnd.IntN(3) {
		l := levels[rnd.IntN(len(levels))]
		if seen[l] && l[0] == '{' {
			l = "a"
		}
		if l == "{r...}" && i < 1 {
			l = "b"
		}
		seen[l] = true
		topic = append(topic, l)
		if l == "{r...}" {
			break
		}
	}
	for range 1 + rnd.IntN(3) {
		if l := levels[rnd.IntN(len(levels))]; l[0] != '{' || seen[l] {
			to = append(to, l)
			if l == "{r...}" {
				break
			}
		}
	}
	if to == nil {
		to = []string{"c"}
	}
	return Rule{Name: name, Topic: strings.Join(topic, "/"), To: strings.Join(to, "/")}
}

// meetsTwice follows a message through the table and names the rule that would take it a second time.
func meetsTwice(table *Table, topic string, path []*Compiled, runs map[string]bool) string {
	key := fmt.Sprint(topic, path)
	if runs[key] || len(path) > 8 {
		return ""
	}
	runs[key] = true
	for _, r := range table.Routes(nil, topic) {
		for _, p := range path {
			if p == r.Rule {
				return p.Name()
			}
		}
		if again := meetsTwice(table, r.To, append(path[:len(path):len(path)], r.Rule), runs); again != "" {
			return again
		}
	}
	return ""
}

// TestNoFalseCycles accepts chains that only look like circles to a check that forgets literal levels.
func TestNoFalseCycles(t *testing.T) {
	mustCompile(
		t,
		Rule{Topic: "a/{x}", To: "b/{x}/1"},
		Rule{Topic: "b/{x}/2", To: "a/{x}"},
		Rule{Topic: "c/1", To: "c/2"},
		Rule{Topic: "c/2", To: "c/3"},
		Rule{Topic: "deep/{x...}", To: "e/{x...}"},
		Rule{Topic: "+/y/z", To: "y/q"},
	)
}

// TestManyRewrites keeps the search for cycles from taking for ever.
func TestManyRewrites(t *testing.T) {
	var rules []Rule
	for i := range 300 {
		rules = append(rules, Rule{Name: fmt.Sprint("r", i), Topic: fmt.Sprintf("l%d/{x}/{y...}", i), To: fmt.Sprintf("l%d/{x}/{y...}", i+1)})
	}
	table, err := Compile(rules)
	if err != nil || table.Len() != 300 {
		t.Fatal(table.Len(), err)
	}
	slices.Reverse(rules) // each new rule now leads to all before it
	if table, err = Compile(rules); err != nil || table.Len() != 300 {
		t.Fatal(table.Len(), err)
	}
	for i := range rules { // everything feeds everything
		rules[i].Topic, rules[i].To = "{x}/+/#", "{x}/y"
	}
	if table, err = Compile(rules); table.Len() != 0 || err == nil {
		t.Errorf("%d rules that feed themselves were kept", table.Len())
	}
}
