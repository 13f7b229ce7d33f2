package mapping

import (
	"fmt"
	"slices"
	"strings"
)

// Warnings says what is allowed in a table and probably not meant: the same event sent twice, an event published by two rules, a
// reply topic that answers more than one command. Each names the later rule of a pair, as Compile's problems do.
func (t *Table) Warnings() []Problem {
	out := &Problems{}
	inbound := newRivals()
	for _, c := range t.rules {
		t.warnTwice(c, out)
		if c.Inbound() {
			if other := inbound.meeting(c); other != nil {
				out.List = append(out.List, problemOf(c.spec, "event",
					fmt.Sprintf("%q may take the same event%s: both publish it, and the ack is good only if both could", other.Name(), at(other.spec.Pos)),
					"change namespace or event, if that is not meant"))
			}
			inbound.add(c)
		}
		warnReply(c, out)
	}
	out.sort()
	return out.List
}

// warnTwice looks for an earlier rule that sends the same event of the same topics.
func (t *Table) warnTwice(c *Compiled, out *Problems) {
	if !c.Outbound() {
		return
	}
	topics := strings.Split(c.topic.Filter(), "/")
	readers := t.topics.overlapping(nil, topics)
	slices.Sort(readers)
	for _, id := range readers {
		other := t.rules[id]
		if id >= c.index {
			return
		}
		if !other.Outbound() || !sameEvent(c, other) {
			continue
		}
		if c.spec.When != "" || other.spec.When != "" {
			continue // they may well be two halves of one
		}
		out.List = append(out.List, problemOf(c.spec, "topic",
			fmt.Sprintf("%q may send the same event of the same topics%s: receivers get it twice", other.Name(), at(other.spec.Pos)),
			"narrow one of the topics, or change namespace or event, if that is not meant"))
		return
	}
}

// sameEvent reports whether the rules may make one event of one topic, as far as the topics' literal levels tell.
func sameEvent(a, b *Compiled) bool {
	var ofA, ofB [maxSlots][]string
	if a.spec.Room != b.spec.Room || !a.topic.intersect(strings.Split(b.topic.Filter(), "/"), &ofA) ||
		!b.topic.intersect(strings.Split(a.topic.Filter(), "/"), &ofB) {
		return false
	}
	return meet(a.namespace.filledIn(&ofA), b.namespace.filledIn(&ofB)) && meet(a.event.filledIn(&ofA), b.event.filledIn(&ofB))
}

// filledIn are the levels of a template with the captures filled in that took one literal level.
func (t *template) filledIn(took *[maxSlots][]string) []templateLevel {
	levels := slices.Clone(t.levels)
	for i, l := range levels {
		if l.slot < 0 || l.rest || len(took[l.slot]) != 1 || took[l.slot][0] == "+" || took[l.slot][0] == "#" {
			continue
		}
		value := took[l.slot][0]
		if t.escaped {
			value = escape(value)
		}
		levels[i] = templateLevel{prefix: l.prefix + value + l.suffix, slot: -1}
	}
	return levels
}

// warnReply points out a reply topic that answers every command of a device, as Tasmota's RESULT does.
func warnReply(c *Compiled, out *Problems) {
	if !c.IsRPC() || c.spec.RPC.Match != "" {
		return
	}
	if strings.HasSuffix(c.spec.RPC.Reply, "/RESULT") {
		out.List = append(out.List, problemOf(c.spec, "rpc.reply",
			"RESULT answers every command of the device: the answer to somebody else's may be taken for this one's",
			`add match, as in match = 'payload.POWER != nil'`))
	}
}
