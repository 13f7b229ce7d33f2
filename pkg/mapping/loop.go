package mapping

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Bounds of the search for a cycle through one rule. A longer circle than maxLoopLength is left to the eight hops a
// message has at run time.
const (
	maxLoopSteps  = 20_000
	maxLoopLength = 16
)

// dropCycles refuses topic -> topic rules that would bring some message back to themselves, each when the rules
// before it in order are taken as given.
func dropCycles(rules []*Compiled, problems *Problems) []*Compiled {
	g := &rewrites{rules: rules}
	var kept []*Compiled
	for i, c := range rules {
		if c.to == nil {
			kept = append(kept, c)
			continue
		}
		g.readers.Add(c.topic.Filter(), i)
		path, done := g.cycle(i)
		switch {
		case path != nil:
			problems.List = append(problems.List, cycleProblem(c, path))
		case !done:
			problems.List = append(problems.List, problemOf(c.spec, "to", "too many topic -> topic rules feed each other to look for cycles", "use fewer or narrower rules"))
		default:
			kept = append(kept, c)
			continue
		}
		g.readers.Remove(c.topic.Filter(), i)
	}
	return kept
}

func cycleProblem(c *Compiled, path []*Compiled) Problem {
	var b strings.Builder
	for _, p := range path {
		fmt.Fprintf(&b, "%q (%s -> %s) -> ", p.Name(), p.topic, p.to)
	}
	return problemOf(c.spec, "to", fmt.Sprintf("messages go in a circle: %s%q", b.String(), path[0].Name()),
		"write to a topic that none of these rules reads")
}

// rewrites is the graph of topic -> topic rules: an edge wherever the topics one rule writes meet those another reads.
type rewrites struct {
	rules   []*Compiled
	readers FilterTree[int]
}

// cycle looks for a message that the newest rule brings to some rule twice, and returns the way from that rule back to
// it; done is false when the search was cut short. A rule that can be met twice because of the newest one is among
// those that the newest one leads to, so these are tried as beginnings too.
func (g *rewrites) cycle(newest int) (path []*Compiled, done bool) {
	reached := map[int]bool{}
	left := maxLoopSteps
	path = g.back(newest, reached, &left)
	for _, start := range slices.Sorted(maps.Keys(reached)) {
		if path != nil {
			break
		}
		path = g.back(start, nil, &left)
	}
	return path, left > 0
}

// back returns the way from a rule back to itself, nil if there is none. It notes the rules it comes by in reached.
func (g *rewrites) back(start int, reached map[int]bool, left *int) []*Compiled {
	s := &loopSearch{rewrites: g, start: start, seen: make(map[string]bool), reached: reached, left: left}
	if s.from(start, strings.Split(g.rules[start].topic.Filter(), "/")) {
		return s.path
	}
	return nil
}

// loopSearch walks depth first over (rule, topics it is given), so that what a literal level rules out stays out.
type loopSearch struct {
	*rewrites
	start   int
	path    []*Compiled
	seen    map[string]bool
	reached map[int]bool // may be nil
	left    *int
}

// from runs rule id on the topics of a filter and goes on with whoever reads what it writes.
func (s *loopSearch) from(id int, topics []string) bool {
	if *s.left--; *s.left <= 0 {
		return false
	}
	c := s.rules[id]
	written, ok := c.rewriteFilter(topics)
	key := fmt.Sprint(id, "\x00", strings.Join(written, "/"))
	if !ok || s.seen[key] || len(s.path) == maxLoopLength || slices.Contains(s.path, c) {
		return false
	}
	s.seen[key] = true
	s.path = append(s.path, c)
	readers := s.readers.overlapping(nil, written)
	slices.Sort(readers)
	for _, next := range readers {
		if _, reads := s.rules[next].rewriteFilter(written); !reads {
			continue
		}
		if next == s.start {
			return true
		}
		if s.reached != nil {
			s.reached[next] = true
		}
		if s.from(next, written) {
			return true
		}
	}
	s.path = s.path[:len(s.path)-1]
	return false
}

// rewriteFilter is what the rule writes for the topics of a filter that it reads, as a filter; ok is false when it
// reads none of them. It may name more topics than can come, where one capture is used twice.
func (c *Compiled) rewriteFilter(topics []string) (written []string, ok bool) {
	var took [maxSlots][]string
	if !c.topic.intersect(topics, &took) {
		return nil, false
	}
	for _, l := range c.to.levels {
		if l.slot < 0 {
			written = append(written, l.text)
		} else {
			written = append(written, took[l.slot]...)
		}
	}
	return written, !strings.HasPrefix(written[0], "$")
}

// intersect matches the pattern against a filter, each capture taking the levels of the filter it meets.
func (p *Pattern) intersect(topics []string, took *[maxSlots][]string) bool {
	if p.wildFirst() && strings.HasPrefix(topics[0], "$") || !p.wildFirst() && p.dollar() && wildFirst(topics[0]) {
		return false
	}
	for _, l := range p.levels {
		open := len(topics) > 0 && topics[0] == "#"
		switch {
		case l.slot < 0 && l.text == "#":
			return true
		case l.rest:
			took[l.slot] = topics
			return len(topics) > 0
		case len(topics) == 0:
			return false
		case l.slot >= 0 && open:
			took[l.slot] = []string{"+"}
		case l.slot >= 0:
			took[l.slot] = topics[:1]
		case !open && topics[0] != "+" && l.text != "+" && l.text != topics[0]:
			return false
		}
		if !open {
			topics = topics[1:]
		}
	}
	return len(topics) == 0 || topics[0] == "#"
}

func (p *Pattern) dollar() bool { return strings.HasPrefix(p.levels[0].text, "$") }
