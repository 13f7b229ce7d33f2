package mapping

import (
	"fmt"
	"strings"
	"unicode"
)

// unique refuses a name that an earlier rule has.
func (b *builder) unique(taken map[string]Pos) {
	if b.r.Name == "" {
		return
	}
	first, dup := taken[b.r.Name]
	if !dup {
		taken[b.r.Name] = b.r.Pos
		return
	}
	b.fail("name", "another mapping has this name"+at(first), "choose another name")
}

func (b *builder) checkName() {
	n := b.r.Name
	switch {
	case n == "":
		b.fail("name", "a mapping needs a name", `add name = "..."`)
	case len(n) > 64:
		b.fail("name", "a name is at most 64 bytes", "shorten it")
	case strings.ContainsFunc(n, func(r rune) bool { return r == '/' || unicode.IsControl(r) || r == unicode.ReplacementChar }):
		b.fail("name", "a name has no / and no control characters", "use letters, digits, - and _")
	}
}

// checkValues refuses words that a key does not know.
func (b *builder) checkValues() {
	b.oneOf("direction", string(b.r.Direction), string(Both), string(Out), string(In))
	b.oneOf("payload", string(b.r.Payload), string(Auto), string(JSON), string(Text), string(Binary))
	b.oneOf("replay", string(b.r.Replay), string(ReplayLast), string(ReplayNone))
	b.oneOf("meta", string(b.r.Meta), string(MetaNever), string(MetaReplayed), string(MetaAlways))
	b.oneOf("over", string(b.r.Over), string(OverLatest), string(OverDrop))
	if b.r.QoS > 2 {
		b.fail("qos", fmt.Sprintf("qos is %d", b.r.QoS), "use 0, 1 or 2")
	}
}

func (b *builder) oneOf(field, got string, known ...string) {
	for _, k := range known {
		if got == k {
			return
		}
	}
	b.fail(field, fmt.Sprintf("%q is not known", got), didYouMean(got, known))
}

// checkShape asks for the keys no rule can do without.
func (b *builder) checkShape() {
	if b.r.Topic == "" {
		b.fail("topic", "a mapping needs a topic", `add topic = "home/{room}/{sensor}"`)
	}
	if b.r.To != "" {
		return
	}
	if b.r.Namespace == "" && b.r.Event == "" {
		b.fail("namespace", "the mapping has no target", "add namespace and event, or to")
		return
	}
	if b.r.Namespace == "" {
		b.fail("namespace", "there is an event but no namespace", `add namespace = "/..."`)
	}
	if b.r.Event == "" {
		b.fail("event", "there is a namespace but no event", `add event = "..."`)
	}
}
