package mapping

import (
	"iter"
	"slices"
	"strings"
)

// spaceNode is one level of a namespace, or of an event below it. Literal levels are looked up; so are levels with a
// capture, by what stands before and after it, once for each pair of lengths in use.
type spaceNode struct {
	literal map[string]*spaceNode
	affixes map[affix]*spaceNode
	lengths []affixLength
	rests   map[string][]int // inbound rules whose last capture takes what is left after this prefix
	starts  []int            // lengths of the prefixes in rests
	rules   []int            // rules whose namespace, or event, ends here
	events  *spaceNode       // first event level of the inbound rules of this namespace
}

// affix is what stands around the capture of a level.
type affix struct{ prefix, suffix string }

type affixLength struct{ prefix, suffix int }

// add holds rule id under its namespace and, if it is inbound, its event.
func (n *spaceNode) add(c *Compiled, id int) {
	for _, l := range c.namespace.levels {
		n = n.grow(l)
	}
	n.rules = append(n.rules, id)
	if !c.Inbound() {
		return
	}
	if n.events == nil {
		n.events = &spaceNode{}
	}
	n = n.events
	for _, l := range c.event.levels {
		if l.rest {
			n.addRest(l.prefix, id)
			return
		}
		n = n.grow(l)
	}
	n.rules = append(n.rules, id)
}

func (n *spaceNode) addRest(prefix string, id int) {
	if n.rests == nil {
		n.rests = make(map[string][]int)
	}
	n.rests[prefix] = append(n.rests[prefix], id)
	if !slices.Contains(n.starts, len(prefix)) {
		n.starts = append(n.starts, len(prefix))
	}
}

func (n *spaceNode) grow(l templateLevel) *spaceNode {
	if l.slot < 0 {
		return child(&n.literal, l.prefix)
	}
	length := affixLength{len(l.prefix), len(l.suffix)}
	if !slices.Contains(n.lengths, length) {
		n.lengths = append(n.lengths, length)
	}
	return child(&n.affixes, affix{l.prefix, l.suffix})
}

// child is the node under a key, made if it is not there yet.
func child[K comparable](m *map[K]*spaceNode, key K) *spaceNode {
	if *m == nil {
		*m = make(map[K]*spaceNode)
	}
	next := (*m)[key]
	if next == nil {
		next = &spaceNode{}
		(*m)[key] = next
	}
	return next
}

// walk calls visit with the rules of every node that the levels of s lead to.
func (n *spaceNode) walk(s string, more bool, visit func(*spaceNode)) {
	if !more {
		visit(n)
		return
	}
	level, s, more := strings.Cut(s, "/")
	for next := range n.next(level) {
		next.walk(s, more, visit)
	}
}

// next are the nodes one level leads to.
func (n *spaceNode) next(level string) iter.Seq[*spaceNode] {
	return func(yield func(*spaceNode) bool) {
		if c := n.literal[level]; c != nil && !yield(c) {
			return
		}
		for _, l := range n.lengths {
			end := len(level) - l.suffix
			if end <= l.prefix {
				continue
			}
			if c := n.affixes[affix{level[:l.prefix], level[end:]}]; c != nil && !yield(c) {
				return
			}
		}
	}
}

// takes appends the rules below n, a first event level, that may take the event.
func (n *spaceNode) takes(dst []int, event string, more bool) []int {
	if !more {
		return append(dst, n.rules...)
	}
	for _, start := range n.starts {
		if len(event) > start {
			dst = append(dst, n.rests[event[:start]]...)
		}
	}
	level, event, more := strings.Cut(event, "/")
	for next := range n.next(level) {
		dst = next.takes(dst, event, more)
	}
	return dst
}

// inboundRules are the rules that may take an event, in rule order; their captures are still to be compared.
func (t *Table) inboundRules(namespace, event string) []int {
	var ids []int
	t.spaces.walk(namespace, true, func(n *spaceNode) {
		if n.events != nil {
			ids = n.events.takes(ids, event, true)
		}
	})
	slices.Sort(ids)
	return ids
}
