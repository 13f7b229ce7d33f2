package broker

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gateway/pkg/mapping"
)

// TestTopicTree compares the tree with matching one by one, over topics and filters that share levels.
func TestTopicTree(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	word := func(from ...string) string {
		levels := make([]string, 1+random.IntN(4))
		for i := range levels {
			levels[i] = from[random.IntN(len(from))]
		}
		return strings.Join(levels, "/")
	}
	var tree topicTree
	held := map[string]bool{}
	for range 3000 {
		topic := word("a", "b", "", "$x", "longer")
		if topic == "" {
			continue
		}
		if random.IntN(3) == 0 {
			tree.remove(topic)
			delete(held, topic)
		} else {
			tree.set(topic, &publication{topic: topic})
			held[topic] = true
		}
		filter := word("a", "b", "", "$x", "+", "+")
		if random.IntN(2) == 0 {
			filter += "/#"
		}
		if random.IntN(20) == 0 {
			filter = "#"
		}
		if filter == "" {
			continue
		}
		var got, want []string
		for _, p := range tree.match(filter) {
			got = append(got, p.topic)
		}
		for topic := range held {
			if mapping.MatchFilter(filter, topic) {
				want = append(want, topic)
			}
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) || tree.len != len(held) {
			t.Fatalf("%q matches %q, want %q; %d held, want %d", filter, got, want, tree.len, len(held))
		}
	}
	for topic := range held {
		tree.remove(topic)
	}
	if len(tree.root.children) != 0 {
		t.Error("nodes are left behind")
	}
}
