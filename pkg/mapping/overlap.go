package mapping

import (
	"fmt"
	"strings"
)

// dropOverlaps refuses inbound rules that may take the same event as an rpc rule: the event has one ack, and it can
// wait for one answer only. The later rule of a pair is the one refused.
func dropOverlaps(rules []*Compiled, problems *Problems) []*Compiled {
	var kept []*Compiled
	inbound, rpc := newRivals(), newRivals()
	for _, c := range rules {
		if !c.Inbound() {
			kept = append(kept, c)
			continue
		}
		against := rpc
		if c.IsRPC() {
			against = inbound
		}
		if other := against.meeting(c); other != nil {
			problems.List = append(problems.List, overlapProblem(c, other))
			continue
		}
		kept = append(kept, c)
		inbound.add(c)
		if c.IsRPC() {
			rpc.add(c)
		}
	}
	return kept
}

// rivals are inbound rules by their literal namespace and by their literal event, under "" those with captures there,
// so that not every rule is compared with every other.
type rivals struct {
	all                  []*Compiled
	byNamespace, byEvent map[string][]*Compiled
}

func newRivals() *rivals {
	return &rivals{byNamespace: make(map[string][]*Compiled), byEvent: make(map[string][]*Compiled)}
}

// literalKey is the text of a template without captures, "" for one with.
func literalKey(t *template) string {
	if t.literal() {
		return t.text
	}
	return ""
}

func (r *rivals) add(c *Compiled) {
	ns, ev := literalKey(c.namespace), literalKey(c.event)
	r.all = append(r.all, c)
	r.byNamespace[ns] = append(r.byNamespace[ns], c)
	r.byEvent[ev] = append(r.byEvent[ev], c)
}

// meeting returns a rule that takes some event c takes too, nil if there is none.
func (r *rivals) meeting(c *Compiled) *Compiled {
	lists := [][]*Compiled{r.all}
	if ns := literalKey(c.namespace); ns != "" {
		lists = [][]*Compiled{r.byNamespace[ns], r.byNamespace[""]}
	}
	if ev := literalKey(c.event); ev != "" && len(r.byEvent[ev])+len(r.byEvent[""]) < total(lists) {
		lists = [][]*Compiled{r.byEvent[ev], r.byEvent[""]}
	}
	for _, list := range lists {
		for _, o := range list {
			if meet(c.namespace.levels, o.namespace.levels) && meet(c.event.levels, o.event.levels) {
				return o
			}
		}
	}
	return nil
}

func total(lists [][]*Compiled) int {
	n := 0
	for _, l := range lists {
		n += len(l)
	}
	return n
}

func overlapProblem(c, other *Compiled) Problem {
	which := "an rpc rule"
	if !other.IsRPC() {
		which = "another rule"
	}
	return problemOf(c.spec, "event", fmt.Sprintf("%s takes the same event: %q%s", which, other.Name(), at(other.spec.Pos)),
		"an event with an rpc rule has no other rule; change namespace or event")
}

// at names the place of a rule, if it has one.
func at(p Pos) string {
	if p.File == "" {
		return ""
	}
	return fmt.Sprintf(" (%s:%d)", p.File, p.Line)
}

// meet reports whether some text fits both templates. It may say yes where only the agreement of repeated captures
// keeps them apart.
func meet(a, b []templateLevel) bool {
	for i := 0; i < len(a) && i < len(b); i++ {
		if !a[i].meets(b[i]) {
			return false
		}
		if a[i].rest || b[i].rest {
			return true
		}
	}
	return len(a) == len(b)
}

// meets reports whether some level fits both.
func (l templateLevel) meets(o templateLevel) bool {
	switch {
	case l.slot < 0 && o.slot < 0:
		return l.prefix == o.prefix
	case l.slot < 0:
		return o.takesLevel(l.prefix)
	case o.slot < 0:
		return l.takesLevel(o.prefix)
	}
	ends := l.rest || o.rest || strings.HasSuffix(l.suffix, o.suffix) || strings.HasSuffix(o.suffix, l.suffix)
	return ends && (strings.HasPrefix(l.prefix, o.prefix) || strings.HasPrefix(o.prefix, l.prefix))
}

func (l templateLevel) takesLevel(level string) bool {
	if l.rest {
		return strings.HasPrefix(level, l.prefix)
	}
	_, ok := l.strip(level)
	return ok
}
