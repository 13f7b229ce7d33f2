package mapping

import (
	"slices"
	"strings"
)

// spaceNode is one level of a namespace, or of an event below it. Literal levels are looked up, levels with a capture
// are told apart by what stands before and after it.
type spaceNode struct {
	literal map[string]*spaceNode
	affixes []*affixEdge
	rests   []*restEdge
	rules   []int      // rules whose namespace, or event, ends here
	events  *spaceNode // first event level of the inbound rules of this namespace
}

// affixEdge leads on over a level that holds prefix, a capture and suffix.
type affixEdge struct {
	prefix, suffix string
	next           *spaceNode
}

// restEdge ends an event whose last capture takes all the levels that are left.
type restEdge struct {
	prefix string
	rules  []int
}

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
	for _, e := range n.rests {
		if e.prefix == prefix {
			e.rules = append(e.rules, id)
			return
		}
	}
	n.rests = append(n.rests, &restEdge{prefix: prefix, rules: []int{id}})
}

func (n *spaceNode) grow(l templateLevel) *spaceNode {
	if l.slot < 0 {
		if n.literal == nil {
			n.literal = make(map[string]*spaceNode)
		}
		next := n.literal[l.prefix]
		if next == nil {
			next = &spaceNode{}
			n.literal[l.prefix] = next
		}
		return next
	}
	for _, e := range n.affixes {
		if e.prefix == l.prefix && e.suffix == l.suffix {
			return e.next
		}
	}
	e := &affixEdge{prefix: l.prefix, suffix: l.suffix, next: &spaceNode{}}
	n.affixes = append(n.affixes, e)
	return e.next
}

// walk calls visit with every node that the levels of s lead to; leave, if set, with every rest edge on the way.
func (n *spaceNode) walk(s string, more bool, visit func(*spaceNode), leave func(*restEdge)) {
	if !more {
		visit(n)
		return
	}
	if leave != nil {
		for _, e := range n.rests {
			if strings.HasPrefix(s, e.prefix) {
				leave(e)
			}
		}
	}
	level, s, more := strings.Cut(s, "/")
	if next := n.literal[level]; next != nil {
		next.walk(s, more, visit, leave)
	}
	for _, e := range n.affixes {
		if _, ok := (templateLevel{prefix: e.prefix, suffix: e.suffix}).strip(level); ok {
			e.next.walk(s, more, visit, leave)
		}
	}
}

// inboundRules are the rules that may take an event, in rule order; their captures are still to be compared.
func (t *Table) inboundRules(namespace, event string) []int {
	var ids []int
	t.spaces.walk(namespace, true, func(n *spaceNode) {
		if n.events == nil {
			return
		}
		n.events.walk(event, true,
			func(n *spaceNode) { ids = append(ids, n.rules...) },
			func(e *restEdge) { ids = append(ids, e.rules...) })
	}, nil)
	slices.Sort(ids)
	return ids
}

// Bound is a rule seen from one namespace.
type Bound struct {
	Rule     *Compiled
	Filter   string // the topics that can reach the namespace, or be reached from it, with what its name tells filled in
	HasRoom  bool
	ClientID bool // one level of the topics is the principal's id; FilterFor fills it in
	Outbound bool
	Inbound  bool

	values bindings
	set    uint32
}

// FilterFor is Filter for the sockets of one principal. An id that cannot be a topic level yields "", no topic at all.
func (b Bound) FilterFor(client string) string {
	if !b.ClientID {
		return b.Filter
	}
	slot := b.Rule.clientSlot
	if client == "" || badValue(client, false) != 0 || b.set&(1<<slot) != 0 && b.values[slot] != client {
		return ""
	}
	b.values[slot] = client
	b.set |= 1 << slot
	return b.Rule.topic.instantiate(&b.values, b.knows)
}

func (b *Bound) knows(slot int) bool { return b.set&(1<<slot) != 0 }

// HasNamespace reports whether some rule, of either direction, can produce exactly this namespace. The gateway's own
// never are.
func (t *Table) HasNamespace(name string) bool {
	return len(t.namespaceRules(name, 1)) > 0
}

// NamespaceRules are the rules of a namespace in rule order, none if HasNamespace is false.
func (t *Table) NamespaceRules(name string) []Bound {
	return t.namespaceRules(name, len(t.rules))
}

func (t *Table) namespaceRules(name string, limit int) []Bound {
	if reservedNamespace(name) || len(name) > MaxNamespace {
		return nil
	}
	var ids []int
	t.spaces.walk(name, true, func(n *spaceNode) { ids = append(ids, n.rules...) }, nil)
	slices.Sort(ids)
	var out []Bound
	for _, id := range ids {
		if len(out) == limit {
			break
		}
		if b, ok := t.rules[id].inNamespace(name); ok {
			out = append(out, b)
		}
	}
	return out
}

// inNamespace reads a namespace backwards and fills its values into the topic filter.
func (c *Compiled) inNamespace(name string) (Bound, bool) {
	b := Bound{Rule: c, HasRoom: c.room != nil, Outbound: c.Outbound(), Inbound: c.Inbound()}
	if !c.namespace.match(name, &b.values, &b.set) {
		return Bound{}, false
	}
	for slot := range c.sl.names {
		if b.knows(slot) && badValue(b.values[slot], c.sl.rest[slot]) != 0 {
			return Bound{}, false
		}
	}
	b.ClientID = c.clientSlot >= 0 && c.topic.uses(c.clientSlot)
	b.Filter = c.topic.instantiate(&b.values, b.knows)
	return b, true
}
