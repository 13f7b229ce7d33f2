package bridge

import (
	"gateway/internal/access"
	"gateway/internal/bus"
	"gateway/pkg/mapping"
)

// Audible is a rule that a principal may hear in a namespace.
type Audible struct {
	mapping.Bound
	Coverage mapping.Coverage // Full: everything the rule sends there; Partial: each message has to be checked
}

// Audibles returns the outbound rules of a namespace that p may hear something of. known tells whether any rule, of either
// direction, makes the namespace at all.
func (b *Bridge) Audibles(namespace string, p *access.Principal) (rules []Audible, known, inbound bool) {
	for _, bound := range b.Table().NamespaceRules(namespace) {
		known = true
		inbound = inbound || bound.Inbound
		if !bound.Outbound {
			continue
		}
		bound.Filter = bound.FilterFor(p.ID)
		if c := access.Coverage(p, bound.Filter); c != mapping.None {
			rules = append(rules, Audible{bound, c})
		}
	}
	return rules, known, inbound
}

// Replay hands emit the last value of every topic that a rule brings into a namespace, as the rule would send it: what is not
// newer than seq, which the caller has from a barrier. Rules with a room are replayed for that room, the others when room is
// empty. Commands, and rules with replay = "none", have none.
func (b *Bridge) Replay(namespace, room string, p *access.Principal, rule Audible, seq uint64, emit func(*Emission)) {
	if !rule.Rule.Replays() || rule.HasRoom != (room != "") {
		return
	}
	b.bus.Values(rule.Filter, func(m bus.Message) bool {
		if m.Seq <= seq && access.Check(p, access.Read, m.Topic) {
			b.replayOne(&m, namespace, room, p, rule, emit)
		}
		return true
	})
}

func (b *Bridge) replayOne(m *bus.Message, namespace, room string, p *access.Principal, rule Audible, emit func(*Emission)) {
	for _, r := range b.resolve(m.Topic) {
		if r.Rule != rule.Rule || r.Namespace != namespace || r.Room != room || r.Drop != "" || r.Client != "" && r.Client != p.ID {
			continue
		}
		value, ok := b.encode(m, &r)
		if !ok {
			continue
		}
		emit(&Emission{
			Audience: &r.audience, Event: r.Event, Value: value, Message: m,
			Meta: r.Rule.Spec().Meta != mapping.MetaNever,
		})
	}
}
