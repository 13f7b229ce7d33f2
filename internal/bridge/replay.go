package bridge

import (
	"gateway/internal/access"
	"gateway/internal/bus"
	"gateway/pkg/mapping"
)

// Audible is a rule that a principal may hear in a namespace.
type Audible struct {
	mapping.Bound
	table    *mapping.Table   // that the rule is of: a replay goes on with it after a reload
	Coverage mapping.Coverage // Full: everything the rule sends there; Partial: each message has to be checked
}

// Audibles returns the outbound rules of a namespace that p may hear something of. known tells whether any rule, of either
// direction, makes the namespace at all.
func (b *Bridge) Audibles(namespace string, p *access.Principal) (rules []Audible, known, inbound bool) {
	table := b.Table()
	for _, bound := range table.NamespaceRules(namespace) {
		known = true
		inbound = inbound || bound.Inbound
		if !bound.Outbound {
			continue
		}
		bound.Filter = bound.FilterFor(p.ID)
		if c := access.Coverage(p, bound.Filter); c != mapping.None {
			rules = append(rules, Audible{bound, table, c})
		}
	}
	return rules, known, inbound
}

// Pending returns the topics for which a rule holds the newest value back. It is called inside a barrier.
func (b *Bridge) Pending(rule *mapping.Compiled) map[string]struct{} {
	if _, _, limited := rule.Rate(); !limited {
		return nil
	}
	topics := map[string]struct{}{}
	for i := range b.shards {
		for key, l := range b.shards[i].limits {
			if key.rule == rule.Name() && l.pending != nil {
				topics[key.topic] = struct{}{}
			}
		}
	}
	return topics
}

// Replay hands emit the last value of every topic that a rule brings into a namespace, as the rule would send it: what is not
// newer than seq, which the caller has from a barrier, until emit returns false. Rules with a room are replayed for that room, the
// others when room is empty. Commands, and rules with replay = "none", have none.
func (b *Bridge) Replay(namespace, room string, p *access.Principal, rule Audible, seq uint64, emit func(*Emission) bool) {
	if !rule.Rule.Replays() || rule.HasRoom != (room != "") {
		return
	}
	b.bus.Values(rule.Filter, func(m bus.Message) bool {
		if m.Seq > seq || !access.Check(p, access.Read, m.Topic) {
			return true
		}
		for _, r := range rule.table.Routes(nil, m.Topic) {
			mine := r.Rule == rule.Rule && r.Namespace == namespace && r.Room == room && r.Drop == "" && (r.Client == "" || r.Client == p.ID)
			if mine && !b.replayOne(&m, r, emit) {
				return false
			}
		}
		return true
	})
}

// replayOne sends one old value. What its rule makes of it was counted when it was new.
func (b *Bridge) replayOne(m *bus.Message, r mapping.Route, emit func(*Emission) bool) bool {
	value, reason, _ := r.Rule.Encode(mapping.Input{Topic: m.Topic, Payload: m.Payload, QoS: m.QoS, Retain: m.Retain, Route: &r})
	if reason != "" {
		return true
	}
	audience := audienceOf(r)
	return emit(&Emission{Audience: &audience, Event: r.Event, Value: value, Message: m, Meta: r.Rule.Spec().Meta != mapping.MetaNever})
}
