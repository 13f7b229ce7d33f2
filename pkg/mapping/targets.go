package mapping

import (
	"fmt"
	"strings"
	"unicode"
)

// parseTopics reads topic and to.
func (b *builder) parseTopics() {
	b.c.topic = b.pattern("topic", b.r.Topic)
	b.c.to = b.pattern("to", b.r.To)
	if b.c.to != nil {
		b.refuseWildcards("to", b.c.to, noValue, "name the level in the topic, as in {x}, and here")
		b.refuseDollar("to", b.c.to)
	}
	if b.c.topic != nil && b.c.Inbound() {
		b.refuseWildcards("topic", b.c.topic, noValue, `name the level, as in {x}, or set direction = "mqtt_to_socketio"`)
		b.refuseDollar("topic", b.c.topic)
	}
}

func (b *builder) pattern(field, text string) *Pattern {
	if text == "" {
		return nil
	}
	p, err := parsePattern(text, &b.c.sl)
	if err != nil {
		b.failErr(field, err)
		return nil
	}
	return p
}

// noValue is the fault of a wildcard in a topic to publish on.
const noValue = "nothing says what to write for %s"

func (b *builder) refuseWildcards(field string, p *Pattern, message, remedy string) {
	if w := p.bare(); w != "" {
		b.fail(field, fmt.Sprintf(message, w), remedy)
	}
}

func (b *builder) refuseDollar(field string, p *Pattern) {
	if p.levels[0].slot < 0 && strings.HasPrefix(p.levels[0].text, "$") {
		b.fail(field, "topics that begin with $ are the broker's own and cannot be written to", "choose another first level")
	}
}

// parseTemplates reads namespace, event and room.
func (b *builder) parseTemplates() {
	if b.r.To != "" {
		return
	}
	b.c.namespace = b.template("namespace", b.r.Namespace, true)
	b.c.event = b.template("event", b.r.Event, false)
	b.c.room = b.template("room", b.r.Room, false)
	if b.c.namespace != nil {
		if err := b.c.namespace.invertible(); err != nil {
			b.failErr("namespace", err)
		}
	}
	if b.c.event != nil {
		if err := b.c.event.invertible(); err != nil && b.c.Inbound() {
			b.failErr("event", err)
		}
	}
}

func (b *builder) template(field, text string, escaped bool) *template {
	if text == "" {
		return nil
	}
	t, err := parseTemplate(text, &b.c.sl, escaped)
	if err != nil {
		b.failErr(field, err)
		return nil
	}
	return t
}

// checkNamespace holds a namespace to what a packet can carry and the gateway does not use itself.
func (b *builder) checkNamespace() {
	t := b.c.namespace
	if t == nil {
		return
	}
	switch ns := b.r.Namespace; {
	case ns[0] != '/':
		b.fail("namespace", "a namespace begins with /", `write "/`+ns+`"`)
	case ns == "/":
	case strings.HasSuffix(ns, "/") || strings.Contains(ns, "//"):
		b.fail("namespace", "a namespace has no empty level", "remove the extra /")
	case reservedNamespace(ns):
		b.fail("namespace", "/mqtt, /devices and /admin are the gateway's own", "choose another first level")
	case len(ns) > MaxNamespace && t.literal():
		b.fail("namespace", fmt.Sprintf("a namespace is at most %d bytes", MaxNamespace), "shorten it")
	}
	for _, p := range t.parts {
		if i := strings.IndexFunc(p.text, notInNamespace); p.slot < 0 && i >= 0 {
			b.fail("namespace", fmt.Sprintf("a namespace cannot hold %q", []rune(p.text[i:])[0]), "remove it; captures are written {x}")
		}
	}
}

func notInNamespace(r rune) bool {
	return strings.ContainsRune("%,?#+", r) || unicode.IsControl(r) || r == unicode.ReplacementChar
}

// checkEvent refuses names that can never be sent, and wildcards, which an event has none of.
func (b *builder) checkEvent() {
	t := b.c.event
	if t == nil {
		return
	}
	ev := b.r.Event
	switch {
	case cutsClient(ev):
		b.fail("event", fmt.Sprintf("the JS client closes its connection on an event named %q", ev), "choose another name")
	case reservedEvent(ev):
		b.fail("event", fmt.Sprintf("%q is how a socket enters or leaves a room", ev), "choose another name")
	case strings.ContainsRune(ev, 0):
		b.fail("event", "an event has no NUL character", "remove it")
	}
	for _, level := range strings.Split(ev, "/") {
		if level == "+" || level == "#" {
			b.fail("event", fmt.Sprintf("%s is no wildcard in an event", level), "write a capture, as in {x}")
		}
	}
}
