package mapping

import "slices"

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
	if _, bad := badValue(client, false); bad || client == "" || b.set&(1<<slot) != 0 && b.values[slot] != client {
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
	t.spaces.walk(name, true, func(n *spaceNode) { ids = append(ids, n.rules...) })
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
		if _, bad := badValue(b.values[slot], c.sl.rest[slot]); bad {
			return Bound{}, false
		}
	}
	b.ClientID = c.clientSlot >= 0 && c.topic.uses(c.clientSlot)
	b.Filter = c.topic.instantiate(&b.values, b.knows)
	return b, true
}
