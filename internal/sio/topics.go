package sio

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"gateway/internal/access"
	"gateway/internal/bus"
	"gateway/internal/fault"
	"gateway/internal/trace"
	"gateway/pkg/mapping"
	"gateway/pkg/socketio"
)

const (
	maxChildren  = 1000 // that one answer names
	childPayload = 256  // bytes of a last value in it
)

// branch is one child in the tree of topics.
type branch struct {
	Name     string     `json:"name"`
	Topic    string     `json:"topic,omitempty"` // of its own last value, if it has one
	Children int        `json:"children"`        // topics with a value below it
	Payload  *string    `json:"payload,omitempty"`
	Encoding string     `json:"encoding,omitempty"`
	At       *time.Time `json:"at,omitempty"`
}

type branches struct {
	OK    bool     `json:"ok"`
	Items []branch `json:"items"`
	More  int      `json:"more,omitempty"` // children that were left out
}

// topics({prefix?}, ack) tells what is below a prefix, one level deep.
func (s *Surface) topics(_ context.Context, e *socketio.Event) {
	var o struct {
		Prefix string `json:"prefix"`
	}
	err := e.Socket().Data().(*console).pace.take()
	if err == nil && (len(e.Args) > 1 || len(e.Args) == 1 && e.Args[0].Decode(&o) != nil) {
		err = fault.New(fault.Invalid, "topics takes {prefix}")
	}
	prefix := strings.TrimSuffix(o.Prefix, "/")
	if err == nil && prefix != "" {
		if wrong := mapping.ValidTopic(prefix); wrong != nil || len(prefix) > maxFilter {
			err = fault.New(fault.Invalid, "prefix: a topic without wildcards, of %d bytes at most", maxFilter)
		}
	}
	if err != nil {
		s.answer(e, err)
		return
	}
	p := principalOf(e.Socket())
	s.send(e, s.trees.below(strings.Join(p.Read, "\n")+"\n\n"+prefix, func() branches { return s.below(p, prefix) }))
}

func (s *Surface) below(p *access.Principal, prefix string) branches {
	filter, skip := "#", 0
	if prefix != "" {
		filter, skip = prefix+"/#", len(prefix)+1
	}
	found := map[string]*branch{}
	s.bus.Values(filter, func(m bus.Message) bool {
		if len(m.Topic) < skip || !access.Check(p, access.Read, m.Topic) {
			return true // the prefix itself
		}
		name, rest, deeper := strings.Cut(m.Topic[skip:], "/")
		b := found[name]
		if b == nil {
			b = &branch{Name: strings.Clone(name)}
			found[name] = b
		}
		if deeper || rest != "" {
			b.Children++
			return true
		}
		b.value(&m)
		return true
	})
	return list(found)
}

func (b *branch) value(m *bus.Message) {
	cut := len(m.Payload) > childPayload
	text, encoding := trace.Text(m.Payload[:min(len(m.Payload), childPayload)], cut)
	at := m.At // and not the whole message
	b.Topic, b.Payload, b.Encoding, b.At = m.Topic, &text, encoding, &at
}

func list(found map[string]*branch) branches {
	sorted := slices.SortedFunc(maps.Values(found), func(a, b *branch) int { return cmp.Compare(a.Name, b.Name) })
	out := branches{OK: true, Items: make([]branch, 0, min(len(sorted), maxChildren)), More: max(0, len(sorted)-maxChildren)}
	for _, b := range sorted[:min(len(sorted), maxChildren)] {
		out.Items = append(out.Items, *b)
	}
	return out
}
