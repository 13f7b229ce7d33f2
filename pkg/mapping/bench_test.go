package mapping

import (
	"fmt"
	"strings"
	"testing"
)

// manyRules are n rules in several shapes, of which two match home/r0/temp whatever n is.
func manyRules(n int) []Rule {
	rules := []Rule{
		{Topic: "home/r0/{sensor}", Namespace: "/home/r0", Event: "{sensor}"},
		{Topic: "home/{room}/temp", Namespace: "/temp/{room}", Event: "t"},
	}
	for i := len(rules); i < n; i++ {
		r := Rule{Topic: fmt.Sprintf("home/r%d/{sensor}", i), Namespace: fmt.Sprintf("/home/r%d", i), Event: "{sensor}"}
		switch i % 4 {
		case 1:
			r = Rule{Topic: fmt.Sprintf("home/{room}/s%d", i), Namespace: "/s/{room}", Event: fmt.Sprintf("s%d", i)}
		case 2:
			r = Rule{Topic: fmt.Sprintf("{site}/r%d/{sensor}", i), Namespace: fmt.Sprintf("/x%d-{site}", i), Event: "{sensor}"}
		case 3:
			r = Rule{Topic: fmt.Sprintf("r%d/{x...}", i), Namespace: "/rest", Event: fmt.Sprintf("r%d/{x...}", i)}
		}
		rules = append(rules, r)
	}
	return rules
}

func BenchmarkRoutes(b *testing.B) {
	for _, n := range []int{10, 100, 1000, 10000} {
		b.Run(fmt.Sprint("rules=", n), func(b *testing.B) {
			table := mustCompile(b, manyRules(n)...)
			var dst []Route
			b.ReportAllocs()
			for b.Loop() {
				dst = table.Routes(dst[:0], "home/r0/temp")
			}
			if len(dst) != 2 {
				b.Fatalf("%d routes", len(dst))
			}
		})
	}
}

func BenchmarkInbound(b *testing.B) {
	for _, n := range []int{10, 10000} {
		b.Run(fmt.Sprint("rules=", n), func(b *testing.B) {
			table := mustCompile(b, manyRules(n)...)
			args := []Arg{{JSON: []byte("21.5")}}
			b.ReportAllocs()
			for b.Loop() {
				if pubs, err := table.Inbound("/home/r0", "temp", Client{}, args); err != nil || len(pubs) != 1 {
					b.Fatal(pubs, err)
				}
			}
		})
	}
}

func BenchmarkHasNamespace(b *testing.B) {
	for _, n := range []int{10, 10000} {
		b.Run(fmt.Sprint("rules=", n), func(b *testing.B) {
			table := mustCompile(b, manyRules(n)...)
			for b.Loop() {
				if !table.HasNamespace("/home/r0") {
					b.Fatal("not known")
				}
			}
		})
	}
}

// BenchmarkWorst is the most a topic of eight levels can cost: every level literal or captured in every combination.
func BenchmarkWorst(b *testing.B) {
	table := mustCompile(b, overlapping(8)...)
	topic := strings.TrimSuffix(strings.Repeat("a/", 8), "/")
	var dst []Route
	for b.Loop() {
		dst = table.Routes(dst[:0], topic)
	}
	b.ReportMetric(float64(len(dst)), "matches")
}

// overlapping are the 2^depth patterns of a literal or a capture at each level.
func overlapping(depth int) []Rule {
	var rules []Rule
	for bits := range 1 << depth {
		levels := make([]string, depth)
		for i := range levels {
			levels[i] = "a"
			if bits>>i&1 == 1 {
				levels[i] = fmt.Sprintf("{x%d}", i)
			}
		}
		rules = append(rules, Rule{Topic: strings.Join(levels, "/"), Namespace: "/n", Event: "e", Direction: Out})
	}
	return rules
}

func BenchmarkEncode(b *testing.B) {
	payload := []byte(`{"power": 6.5, "voltage": 230.1, "name": "kitchen plug", "tags": ["a", "b"]}`)
	for name, r := range map[string]Rule{
		"raw":       {},
		"when":      {When: "payload.power > 5"},
		"transform": {Transform: `{"watts": payload.power, "room": room}`},
		"jq":        {TransformJQ: `{watts: .power, $room}`},
	} {
		b.Run(name, func(b *testing.B) {
			r.Topic, r.Namespace, r.Event, r.Direction = "home/{room}/{sensor}", "/home/{room}", "{sensor}", Out
			c := mustCompile(b, r).Rules()[0]
			b.ReportAllocs()
			for b.Loop() {
				if _, reason, err := c.Encode(Input{Topic: "home/kitchen/plug", Payload: payload}); reason != "" {
					b.Fatal(reason, err)
				}
			}
		})
	}
}

func BenchmarkCompile(b *testing.B) {
	rules := manyRules(10000)
	for i := range rules {
		rules[i].Name = fmt.Sprint("r", i)
	}
	for b.Loop() {
		if _, err := Compile(rules); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFilterTree(b *testing.B) {
	var tree FilterTree[int]
	for i := range 10000 {
		tree.Add(fmt.Sprintf("home/r%d/+", i), i)
		tree.Add(fmt.Sprintf("+/r%d/#", i), i)
	}
	var dst []int
	b.ReportAllocs()
	for b.Loop() {
		dst = tree.Match(dst[:0], "home/r77/temp")
	}
	if len(dst) != 2 {
		b.Fatalf("%d matches", len(dst))
	}
}

// TestAllocations holds one match without a transform, from topic to argument, to two objects.
func TestAllocations(t *testing.T) {
	table := mustCompile(t, manyRules(100)[2:]...)
	single := mustCompile(t, Rule{Topic: "home/{room}/{sensor}", Namespace: "/home/{room}", Event: "s-{sensor}"})
	payload := []byte(`{"power": 6.5}`)
	var dst []Route
	for topic, tab := range map[string]*Table{"r3/a/b": table, "home/kitchen/temp": single} {
		allocs := testing.AllocsPerRun(100, func() {
			dst = tab.Routes(dst[:0], topic)
			for i := range dst {
				if v, _, err := dst[i].Rule.Encode(Input{Topic: topic, Payload: payload, Route: &dst[i]}); err != nil || v.JSON == nil {
					t.Fatal(err)
				}
			}
		})
		if len(dst) != 1 || allocs > 2 {
			t.Errorf("%s: %d routes, %v objects", topic, len(dst), allocs)
		}
	}
}

// TestWorstCaseIsBounded counts the nodes a topic visits: none twice, so the rules bound the work, whatever the topic.
func TestWorstCaseIsBounded(t *testing.T) {
	table := mustCompile(t, overlapping(10)...)
	nodes := countNodes(&table.topics.root)
	for _, topic := range []string{
		strings.TrimSuffix(strings.Repeat("a/", 10), "/"),
		strings.TrimSuffix(strings.Repeat("a/", 1000), "/"),
		strings.Repeat("/", 1000),
	} {
		if got := visits(&table.topics.root, topic, true); got > nodes {
			t.Errorf("%.30s visits %d nodes of %d", topic, got, nodes)
		}
	}
	if got := len(table.Routes(nil, strings.TrimSuffix(strings.Repeat("a/", 10), "/"))); got != 1<<10 {
		t.Errorf("%d matches", got)
	}
}

// TestCostDoesNotFollowRules compares what a topic visits in a table of 10 rules and in one of 10,000.
func TestCostDoesNotFollowRules(t *testing.T) {
	few, many := mustCompile(t, manyRules(10)...), mustCompile(t, manyRules(10000)...)
	for _, topic := range []string{"home/r0/temp", "home/none/temp", "r3/a/b/c"} {
		a, b := visits(&few.topics.root, topic, true), visits(&many.topics.root, topic, true)
		if b > 3*a {
			t.Errorf("%s visits %d nodes among 10 rules and %d among 10,000", topic, a, b)
		}
		if x, y := len(few.Routes(nil, topic)), len(many.Routes(nil, topic)); x != y {
			t.Errorf("%s has %d routes and %d", topic, x, y)
		}
	}
}

func countNodes(n *filterNode[int]) int {
	sum := 1
	for _, c := range n.children {
		sum += countNodes(c)
	}
	if n.plus != nil {
		sum += countNodes(n.plus)
	}
	return sum
}

// visits walks as match does.
func visits(n *filterNode[int], rest string, more bool) int {
	if !more {
		return 1
	}
	level, rest, more := strings.Cut(rest, "/")
	sum := 1
	if c := n.children[level]; c != nil {
		sum += visits(c, rest, more)
	}
	if n.plus != nil {
		sum += visits(n.plus, rest, more)
	}
	return sum
}
