package mapping

import (
	"errors"
	"fmt"
	"strings"
)

// Faults of a template that has to be read backwards.
var (
	ErrShareLevel  = errors.New("two captures share a level, so nobody can tell where one ends")
	ErrRestNotLast = errors.New("{x...} is followed by more, so nobody can tell where it ends")
)

// template is a namespace, event or room with captures filled in from a message.
type template struct {
	text    string
	parts   []part
	levels  []templateLevel // set by invertible
	escaped bool            // values are percent-encoded, as in a namespace
}

// templateLevel is one level between slashes: literal text (slot -1), or one capture between a prefix and a suffix.
type templateLevel struct {
	prefix, suffix string
	slot           int
	rest           bool // takes this level and all that follow; never in an escaped template
}

func parseTemplate(s string, sl *slots, escaped bool) (*template, error) {
	parts, err := parseParts(s, sl)
	if err != nil {
		return nil, err
	}
	return &template{text: s, parts: parts, escaped: escaped}, nil
}

// literal reports whether the template has no captures.
func (t *template) literal() bool {
	return len(t.parts) == 0 || len(t.parts) == 1 && t.parts[0].slot < 0
}

func (t *template) uses(slot int) bool {
	for _, p := range t.parts {
		if p.slot == slot {
			return slot >= 0
		}
	}
	return false
}

// render fills in the captured values.
func (t *template) render(b *bindings) string {
	if len(t.parts) == 1 {
		return t.value(t.parts[0], b)
	}
	var out strings.Builder
	out.Grow(len(t.text) + 16)
	for _, p := range t.parts {
		out.WriteString(t.value(p, b))
	}
	return out.String()
}

func (t *template) value(p part, b *bindings) string {
	if t.escaped && p.slot >= 0 {
		return escape(b[p.slot])
	}
	return p.value(b)
}

// invertible prepares the template for match and says what stands in the way.
func (t *template) invertible() error {
	levels := []templateLevel{{slot: -1}}
	for _, p := range t.parts {
		last := &levels[len(levels)-1]
		if last.rest {
			return ErrRestNotLast
		}
		if p.slot >= 0 {
			if last.slot >= 0 {
				return fmt.Errorf("{%s}: %w", p.text, ErrShareLevel)
			}
			last.slot, last.rest = p.slot, p.rest && !t.escaped
			continue
		}
		for i, text := range strings.Split(p.text, "/") {
			if i > 0 {
				levels = append(levels, templateLevel{slot: -1})
			}
			last = &levels[len(levels)-1]
			if last.slot >= 0 {
				last.suffix = text
			} else {
				last.prefix = text
			}
		}
	}
	t.levels = levels
	return nil
}

// match reads s backwards: it reports whether s is what the template renders for some values, and which. set tells
// the slots that have a value already; a capture found again must agree with it.
func (t *template) match(s string, b *bindings, set *uint32) bool {
	more := true
	for _, l := range t.levels {
		if !more {
			return false
		}
		if l.rest {
			v, ok := strings.CutPrefix(s, l.prefix)
			return ok && t.take(l.slot, v, b, set)
		}
		var level string
		level, s, more = strings.Cut(s, "/")
		if l.slot < 0 {
			if level != l.prefix {
				return false
			}
			continue
		}
		v, ok := l.strip(level)
		if !ok || !t.take(l.slot, v, b, set) {
			return false
		}
	}
	return !more
}

// strip returns what the capture of a level took.
func (l templateLevel) strip(level string) (string, bool) {
	n := len(level) - len(l.suffix)
	if n <= len(l.prefix) || !strings.HasPrefix(level, l.prefix) || level[n:] != l.suffix {
		return "", false
	}
	return level[len(l.prefix):n], true
}

// take binds a value found in a string, undoing the escapes.
func (t *template) take(slot int, v string, b *bindings, set *uint32) bool {
	if t.escaped {
		var ok bool
		if v, ok = unescape(v); !ok {
			return false
		}
	}
	if v == "" || *set&(1<<slot) != 0 && b[slot] != v {
		return false
	}
	b[slot] = v
	*set |= 1 << slot
	return true
}
