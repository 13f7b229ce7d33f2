package mapping

import (
	"errors"
	"fmt"
	"strings"
)

// maxSlots is the most different captures one rule may name, {client.id} among them.
const maxSlots = 16

// clientID is the capture that stands for the principal's id.
const clientID = "client.id"

// Faults of a pattern or template.
var (
	ErrUnclosed    = errors.New("a { has no }")
	ErrStrayBrace  = errors.New("a } has no {")
	ErrCaptureName = errors.New("a capture is named with letters, digits and _, not beginning with a digit")
	ErrPartOfLevel = errors.New("a capture or wildcard in a topic takes a whole level")
	ErrNotLast     = errors.New("# and {x...} stand only in the last level")
	ErrTwice       = errors.New("a capture stands only once in a topic")
	ErrTooMany     = fmt.Errorf("a rule has at most %d captures", maxSlots)
	ErrMixed       = errors.New("a capture is written {x} or {x...} throughout a rule, not both")
)

// bindings are the captured values of one message, by slot.
type bindings [maxSlots]string

// slots numbers the captures of one rule, so that patterns and templates share values without a map.
type slots struct {
	names []string
	rest  []bool // the capture is written {x...}
}

// of returns the slot of a capture, taking a new one when the name is new.
func (s *slots) of(name string, rest bool) (int, error) {
	if i := s.find(name); i >= 0 {
		if s.rest[i] != rest {
			return 0, fmt.Errorf("{%s}: %w", name, ErrMixed)
		}
		return i, nil
	}
	if len(s.names) == maxSlots {
		return 0, fmt.Errorf("{%s}: %w", name, ErrTooMany)
	}
	s.names = append(s.names, name)
	s.rest = append(s.rest, rest)
	return len(s.names) - 1, nil
}

// find returns the slot of a capture, -1 if the rule has none of that name.
func (s *slots) find(name string) int {
	for i, n := range s.names {
		if n == name {
			return i
		}
	}
	return -1
}

// part is a piece of a pattern or template: literal text (slot -1) or a capture.
type part struct {
	text string // literal text, or the capture's name
	slot int
	rest bool
}

// parseParts cuts s at its captures and numbers them in sl.
func parseParts(s string, sl *slots) ([]part, error) {
	var parts []part
	for s != "" {
		open := strings.IndexAny(s, "{}")
		switch {
		case open < 0:
			return append(parts, part{text: s, slot: -1}), nil
		case s[open] == '}':
			return nil, ErrStrayBrace
		case open > 0:
			parts = append(parts, part{text: s[:open], slot: -1})
		}
		name, after, ok := strings.Cut(s[open+1:], "}")
		if !ok {
			return nil, ErrUnclosed
		}
		p, err := newCapture(name, sl)
		if err != nil {
			return nil, err
		}
		parts, s = append(parts, p), after
	}
	return parts, nil
}

func newCapture(name string, sl *slots) (part, error) {
	bare, rest := strings.CutSuffix(name, "...")
	if bare != clientID && !isName(bare) || bare == clientID && rest {
		return part{}, fmt.Errorf("{%s}: %w", name, ErrCaptureName)
	}
	slot, err := sl.of(bare, rest)
	return part{text: bare, slot: slot, rest: rest}, err
}

// isName reports whether s can name a capture: what an expression can name a variable.
func isName(s string) bool {
	for i, r := range s {
		letter := r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return s != ""
}
