package mapping

import (
	"fmt"
	"strings"
)

// dropOverlaps refuses inbound rules that may take the same event as an rpc rule: the event has one ack, and it can
// wait for one answer only. The later rule of a pair is the one refused.
func dropOverlaps(rules []*Compiled, problems *Problems) []*Compiled {
	var kept, inbound, rpc []*Compiled
	for _, c := range rules {
		if !c.Inbound() {
			kept = append(kept, c)
			continue
		}
		rivals := rpc
		if c.IsRPC() {
			rivals = inbound
		}
		if other := c.sharesEvent(rivals); other != nil {
			problems.List = append(problems.List, overlapProblem(c, other))
			continue
		}
		kept, inbound = append(kept, c), append(inbound, c)
		if c.IsRPC() {
			rpc = append(rpc, c)
		}
	}
	return kept
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

// sharesEvent returns the first of the rules that takes some event c takes too.
func (c *Compiled) sharesEvent(rules []*Compiled) *Compiled {
	for _, o := range rules {
		if meet(c.namespace.levels, o.namespace.levels) && meet(c.event.levels, o.event.levels) {
			return o
		}
	}
	return nil
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
