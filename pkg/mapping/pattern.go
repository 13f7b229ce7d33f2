package mapping

import (
	"fmt"
	"strings"
)

// Pattern is a parsed topic pattern: {x} captures one whole level that is not empty, {x...} one or more levels at
// the end, + and # match as in MQTT without capturing.
type Pattern struct {
	text   string
	filter string
	levels []part // slot -1: literal, "+" or "#"
	slots  *slots
}

// ParsePattern reads a topic pattern. Errors wrap the Err values of this package.
func ParsePattern(s string) (*Pattern, error) {
	return parsePattern(s, &slots{})
}

func parsePattern(s string, sl *slots) (*Pattern, error) {
	p := &Pattern{text: s, slots: sl}
	if err := validBytes(s); err != nil {
		return nil, err
	}
	levels := strings.Split(s, "/")
	filter := make([]string, len(levels))
	seen := make(map[int]bool)
	for i, text := range levels {
		l, err := parseLevel(text, sl)
		if err != nil {
			return nil, fmt.Errorf("level %q: %w", text, err)
		}
		if l.slot >= 0 && seen[l.slot] {
			return nil, fmt.Errorf("{%s}: %w", l.text, ErrTwice)
		}
		seen[l.slot] = true
		if (l.rest || l.text == "#" && l.slot < 0) && i < len(levels)-1 {
			return nil, fmt.Errorf("level %q: %w", text, ErrNotLast)
		}
		p.levels = append(p.levels, l)
		filter[i] = l.filter()
	}
	p.filter = strings.Join(filter, "/")
	return p, nil
}

func parseLevel(text string, sl *slots) (part, error) {
	parts, err := parseParts(text, sl)
	switch {
	case err != nil:
		return part{}, err
	case len(parts) == 0:
		return part{slot: -1}, nil
	case len(parts) > 1, parts[0].slot < 0 && len(text) > 1 && strings.ContainsAny(text, "+#"):
		return part{}, ErrPartOfLevel
	}
	return parts[0], nil
}

// filter is the MQTT filter level for one level of a pattern.
func (l part) filter() string {
	switch {
	case l.slot < 0:
		return l.text
	case l.rest:
		return "#"
	}
	return "+"
}

// String is the pattern as written.
func (p *Pattern) String() string { return p.text }

// Filter is the narrowest MQTT filter that matches every topic the pattern matches. It may match a few more:
// topics with an empty level for {x}, or with nothing for {x...}.
func (p *Pattern) Filter() string { return p.filter }

// Match reports whether the pattern matches a topic.
func (p *Pattern) Match(topic string) bool {
	var b bindings
	return p.bind(topic, &b)
}

// bind is Match that also fills in what each capture took.
func (p *Pattern) bind(topic string, b *bindings) bool {
	if topic == "" || topic[0] == '$' && p.wildFirst() {
		return false
	}
	more := true
	for _, l := range p.levels {
		if l.slot < 0 && l.text == "#" {
			return true
		}
		if !more {
			return false
		}
		if l.rest {
			b[l.slot] = topic
			return topic != ""
		}
		var level string
		level, topic, more = strings.Cut(topic, "/")
		switch {
		case l.slot >= 0 && level != "":
			b[l.slot] = level
		case l.slot >= 0, l.text != "+" && l.text != level:
			return false
		}
	}
	return !more
}

func (p *Pattern) wildFirst() bool {
	return p.levels[0].slot >= 0 || wildFirst(p.levels[0].text)
}

// bare returns the first + or # of the pattern, empty if it has none.
func (p *Pattern) bare() string {
	for _, l := range p.levels {
		if l.slot < 0 && (l.text == "+" || l.text == "#") {
			return l.text
		}
	}
	return ""
}

// uses reports whether the pattern captures the slot.
func (p *Pattern) uses(slot int) bool {
	for _, l := range p.levels {
		if l.slot == slot {
			return slot >= 0
		}
	}
	return false
}

// render is the topic for the captured values; the pattern has no + and no #.
func (p *Pattern) render(b *bindings) string {
	if len(p.levels) == 1 {
		return p.levels[0].value(b)
	}
	var out strings.Builder
	for i, l := range p.levels {
		if i > 0 {
			out.WriteByte('/')
		}
		out.WriteString(l.value(b))
	}
	return out.String()
}

// value is the literal text, or what the capture took.
func (l part) value(b *bindings) string {
	if l.slot < 0 {
		return l.text
	}
	return b[l.slot]
}

// instantiate is Filter with the captures filled in that known says are known.
func (p *Pattern) instantiate(b *bindings, known func(slot int) bool) string {
	levels := make([]string, len(p.levels))
	for i, l := range p.levels {
		levels[i] = l.filter()
		if l.slot >= 0 && known(l.slot) {
			levels[i] = b[l.slot]
		}
	}
	return strings.Join(levels, "/")
}
