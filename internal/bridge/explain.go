package bridge

import (
	"cmp"
	"fmt"
	"strings"

	"gateway/internal/bus"
	"gateway/internal/trace"
	"gateway/pkg/mapping"
)

// Explain returns what the rules in force add to the marks of a recorded message: which expression held it back, with what
// error it failed, what it became. It works that out again, as nobody kept it: the rules may have changed since.
func (b *Bridge) Explain(m *bus.Recorded) trace.Refine {
	whole := len(m.Payload) == int(m.Size)
	var outcomes map[string]mapping.Outcome
	return func(mark trace.Mark) (string, bool) {
		if mark.Target == nil {
			return "", false
		}
		rule := b.ruleNamed(mark.Target.Rule)
		switch {
		case rule == nil:
			return "but there is no such mapping any more", true
		case mark.Reason == trace.RateHeld || mark.Reason == trace.RateDrop:
			return quoted("rate", rule.Spec().Rate), true
		case mark.Reason == trace.Dedupe:
			return quoted("dedupe", rule.Spec().Dedupe), true
		case !whole:
			return "", false
		}
		if outcomes == nil {
			outcomes = outcomesOf(b.Table().TryInput(mapping.Input{Topic: m.Topic, Payload: m.Payload, QoS: m.QoS, Retain: m.Retain}))
		}
		return refined(mark, rule, outcomes)
	}
}

func refined(mark trace.Mark, rule *mapping.Compiled, outcomes map[string]mapping.Outcome) (string, bool) {
	o, ok := outcomes[rule.Name()]
	switch {
	case !ok:
		return "but it has no such topic any more", true
	case mark.Reason == trace.When && o.Drop == mapping.ReasonWhen:
		return WhyFiltered(rule), true
	case mark.Reason == trace.When:
		return "though it would be now", true
	case mark.Reason == trace.Failed && o.Text != "":
		return o.Text, true
	case mark.Reason == trace.Reserved && o.Drop != "":
		return strings.ReplaceAll(string(o.Drop), "_", " "), true
	case mark.Reason == trace.Sent && o.Drop == "" && hasExpressions(rule):
		return "as " + ShortValue(o.Value), true
	}
	return "", false
}

// noteAnswer marks on a command whether its answer came.
func (b *Bridge) noteAnswer(command uint64, err error) {
	mark := trace.Mark{Kind: trace.Answered}
	if err != nil {
		mark.Reason = trace.Unanswered
	}
	b.bus.NoteLater(command, mark)
}

// WouldHoldBack says why a rule would not send a recorded message on; empty when it would, or when that cannot be known.
func (b *Bridge) WouldHoldBack(m *bus.Recorded, rule string) string {
	if len(m.Payload) < int(m.Size) {
		return ""
	}
	in := mapping.Input{Topic: m.Topic, Payload: m.Payload, QoS: m.QoS, Retain: m.Retain}
	switch o := outcomesOf(b.Table().TryInput(in))[rule]; {
	case o.Drop == mapping.ReasonWhen:
		return WhyFiltered(o.Rule)
	case o.Drop != "":
		return cmp.Or(o.Text, strings.ReplaceAll(string(o.Drop), "_", " "))
	}
	return ""
}

// WhyFiltered says what a rule filters by: "`payload > 30` is false".
func WhyFiltered(rule *mapping.Compiled) string {
	if s := rule.Spec(); s.When != "" {
		return fmt.Sprintf("`%s` is false", s.When)
	}
	return "its jq program had no result"
}

// ShortValue is a value in a sentence.
func ShortValue(v mapping.Value) string {
	const most = 80
	if v.IsBinary {
		return fmt.Sprintf("%d bytes", len(v.Binary))
	}
	text := string(v.JSON)
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}

func quoted(key, value string) string { return fmt.Sprintf("%s = %q", key, value) }

func outcomesOf(list []mapping.Outcome) map[string]mapping.Outcome {
	out := make(map[string]mapping.Outcome, len(list))
	for _, o := range list {
		out[o.Name] = o
	}
	return out
}

func (b *Bridge) ruleNamed(name string) *mapping.Compiled {
	for _, r := range b.Table().Rules() {
		if r.Name() == name {
			return r
		}
	}
	return nil
}
