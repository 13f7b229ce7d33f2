package mapping

import (
	"math/rand/v2"
	"strings"
	"testing"
)

func TestMatchFilter(t *testing.T) {
	for _, c := range []struct {
		filter, topic string
		want          bool
	}{
		{"a/b", "a/b", true},
		{"a/b", "a/b/c", false},
		{"a/b/c", "a/b", false},
		{"a/+", "a/b", true},
		{"a/+", "a/", true},
		{"a/+", "a", false},
		{"+/+", "/", true},
		{"/+", "/x", true},
		{"+", "/x", false},
		{"a/#", "a", true},
		{"a/#", "a/b/c", true},
		{"a/#", "ab", false},
		{"#", "a/b", true},
		{"#", "$SYS/x", false},
		{"+/x", "$SYS/x", false},
		{"$SYS/#", "$SYS/x", true},
		{"$SYS/+", "$SYS/x", true},
		{"#", "", false},
		{"a//b", "a//b", true},
	} {
		if got := MatchFilter(c.filter, c.topic); got != c.want {
			t.Errorf("MatchFilter(%q, %q) = %v", c.filter, c.topic, got)
		}
	}
}

func TestValid(t *testing.T) {
	for filter, ok := range map[string]bool{
		"a": true, "/": true, "a/+/b": true, "#": true, "a/#": true, "+": true, "$share/g/a/#": true,
		"": false, "a#": false, "a/#/b": false, "a+": false, "+a/b": false, "a\x00": false, "\xff": false,
		strings.Repeat("a", MaxTopic): true, strings.Repeat("a", MaxTopic+1): false,
	} {
		if err := ValidFilter(filter); (err == nil) != ok {
			t.Errorf("ValidFilter(%.20q) = %v", filter, err)
		}
	}
	for topic, ok := range map[string]bool{
		"a/b": true, "/": true, "$SYS": true, "": false, "a/+": false, "#": false, "a+b": false, "a\x00b": false, "\xff": false,
	} {
		if err := ValidTopic(topic); (err == nil) != ok {
			t.Errorf("ValidTopic(%q) = %v", topic, err)
		}
	}
}

// small are every topic and filter of up to three levels over a small alphabet, the whole space Covers is tried on.
func small(levels []string) []string {
	var out []string
	for _, a := range levels {
		out = append(out, a)
		for _, b := range levels {
			out = append(out, a+"/"+b)
			for _, c := range levels {
				out = append(out, a+"/"+b+"/"+c)
			}
		}
	}
	return out
}

func TestCoversAgreesWithMatching(t *testing.T) {
	topics := small([]string{"a", "b", "other", "", "$x"})
	for _, a := range topics {
		topics = append(topics, a+"/deep/er")
	}
	filters := small([]string{"a", "b", "+", "#", "$x"})
	for _, a := range filters {
		for _, b := range filters {
			if ValidFilter(a) != nil || ValidFilter(b) != nil {
				continue
			}
			both, all := false, true
			for _, topic := range topics {
				if topic != "" && MatchFilter(b, topic) {
					in := MatchFilter(a, topic)
					both, all = both || in, all && in
				}
			}
			want := None
			if both {
				want = Partial
			}
			if both && all {
				want = Full
			}
			if got := Covers(a, b); got != want {
				t.Fatalf("Covers(%q, %q) = %v, matching says %v", a, b, got, want)
			}
		}
	}
}

func TestFilterTreeAgreesWithMatchFilter(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	filters, topics := small([]string{"a", "b", "+", "#", ""}), small([]string{"a", "b", "c", "", "$x"})
	var tree FilterTree[string]
	held := map[string]bool{}
	for range 3000 {
		f := filters[rnd.IntN(len(filters))]
		if rnd.IntN(2) == 0 {
			tree.Add(f, f)
			held[f] = held[f] || ValidFilter(f) == nil
		} else {
			if tree.Remove(f, f) != held[f] {
				t.Fatalf("Remove(%q) disagrees on whether it was held", f)
			}
			delete(held, f)
		}
		topic := topics[rnd.IntN(len(topics))]
		got := map[string]int{}
		for _, v := range tree.Match(nil, topic) {
			got[v]++
		}
		for f, in := range held {
			want := 0
			if in && MatchFilter(f, topic) {
				want = 1
			}
			if got[f] != want {
				t.Fatalf("filter %q, topic %q: %d times, want %d", f, topic, got[f], want)
			}
		}
	}
	for f := range held {
		tree.Remove(f, f)
	}
	if tree.Len() != 0 || !tree.root.empty() {
		t.Errorf("the tree keeps %d values and its nodes after all were removed", tree.Len())
	}
}
