package mapping

import "strings"

// FilterTree finds the values whose MQTT filter matches a topic, at a cost that follows the depth of the topic and
// the matches, not the number of filters. The zero value is empty and ready. It is not safe for concurrent use.
type FilterTree[T comparable] struct {
	root filterNode[T]
	n    int
}

// filterNode is one level of the tree. values end here; tail are the values whose filter ends in "#" below here.
type filterNode[T comparable] struct {
	children map[string]*filterNode[T]
	plus     *filterNode[T]
	values   []T
	tail     []T
}

// Len is the number of (filter, value) pairs held.
func (t *FilterTree[T]) Len() int { return t.n }

// Add holds v under filter. The same pair twice is held once. An invalid filter is not held.
func (t *FilterTree[T]) Add(filter string, v T) {
	if ValidFilter(filter) != nil {
		return
	}
	n := &t.root
	rest, more := filter, true
	for more {
		var level string
		level, rest, more = strings.Cut(rest, "/")
		if level == "#" {
			t.put(&n.tail, v)
			return
		}
		n = n.grow(level)
	}
	t.put(&n.values, v)
}

func (t *FilterTree[T]) put(list *[]T, v T) {
	for _, have := range *list {
		if have == v {
			return
		}
	}
	*list = append(*list, v)
	t.n++
}

func (n *filterNode[T]) grow(level string) *filterNode[T] {
	if level == "+" {
		if n.plus == nil {
			n.plus = &filterNode[T]{}
		}
		return n.plus
	}
	c := n.children[level]
	if c == nil {
		if n.children == nil {
			n.children = make(map[string]*filterNode[T])
		}
		c = &filterNode[T]{}
		n.children[strings.Clone(level)] = c
	}
	return c
}

// Remove lets go of v under filter and reports whether it was held.
func (t *FilterTree[T]) Remove(filter string, v T) bool {
	before := t.n
	t.root.remove(t, filter, true, v)
	return t.n < before
}

// remove reports whether n is empty afterwards, so that its parent can drop it.
func (n *filterNode[T]) remove(t *FilterTree[T], rest string, more bool, v T) bool {
	if !more {
		t.cut(&n.values, v)
		return n.empty()
	}
	level, rest, more := strings.Cut(rest, "/")
	switch {
	case level == "#":
		t.cut(&n.tail, v)
	case level == "+":
		if n.plus != nil && n.plus.remove(t, rest, more, v) {
			n.plus = nil
		}
	default:
		if c := n.children[level]; c != nil && c.remove(t, rest, more, v) {
			delete(n.children, level)
		}
	}
	return n.empty()
}

func (t *FilterTree[T]) cut(list *[]T, v T) {
	for i, have := range *list {
		if have == v {
			*list = append((*list)[:i], (*list)[i+1:]...)
			t.n--
			return
		}
	}
}

func (n *filterNode[T]) empty() bool {
	return len(n.children) == 0 && n.plus == nil && len(n.values) == 0 && len(n.tail) == 0
}

// Match appends to dst the values whose filter matches topic, in no particular order; a value held under several
// matching filters comes several times.
func (t *FilterTree[T]) Match(dst []T, topic string) []T {
	if topic == "" {
		return dst
	}
	return t.root.match(dst, topic, true, topic[0] == '$')
}

// match walks the levels left in rest. dollar is true at the first level of a topic that begins with $.
func (n *filterNode[T]) match(dst []T, rest string, more, dollar bool) []T {
	if !dollar {
		dst = append(dst, n.tail...)
	}
	if !more {
		return append(dst, n.values...)
	}
	level, rest, more := strings.Cut(rest, "/")
	if c := n.children[level]; c != nil {
		dst = c.match(dst, rest, more, false)
	}
	if n.plus != nil && !dollar {
		dst = n.plus.match(dst, rest, more, false)
	}
	return dst
}

// overlapping appends the values whose filter has a topic in common with a filter, perhaps a few more.
func (t *FilterTree[T]) overlapping(dst []T, filter []string) []T {
	return t.root.overlapping(dst, filter)
}

func (n *filterNode[T]) overlapping(dst []T, filter []string) []T {
	dst = append(dst, n.tail...)
	switch {
	case len(filter) == 0:
		return append(dst, n.values...)
	case filter[0] == "#":
		dst = append(dst, n.values...)
		return n.below(dst, filter)
	case filter[0] == "+":
		return n.below(dst, filter[1:])
	}
	if c := n.children[filter[0]]; c != nil {
		dst = c.overlapping(dst, filter[1:])
	}
	if n.plus != nil {
		dst = n.plus.overlapping(dst, filter[1:])
	}
	return dst
}

// below goes on in every child.
func (n *filterNode[T]) below(dst []T, filter []string) []T {
	for _, c := range n.children {
		dst = c.overlapping(dst, filter)
	}
	if n.plus != nil {
		dst = n.plus.overlapping(dst, filter)
	}
	return dst
}
