package broker

import "strings"

// topicTree finds the publications whose topic a filter matches, at a cost that follows the nodes the filter reaches. The
// zero value is empty. It is not safe for concurrent use.
type topicTree struct {
	root topicNode
	len  int
}

type topicNode struct {
	children map[string]*topicNode
	held     *publication // of the topic that ends here
}

func (t *topicTree) get(topic string) *publication {
	n := &t.root
	for level := range strings.SplitSeq(topic, "/") {
		if n = n.children[level]; n == nil {
			return nil
		}
	}
	return n.held
}

func (t *topicTree) set(topic string, p *publication) {
	n := &t.root
	for level := range strings.SplitSeq(topic, "/") {
		next := n.children[level]
		if next == nil {
			if n.children == nil {
				n.children = make(map[string]*topicNode)
			}
			next = &topicNode{}
			n.children[level] = next
		}
		n = next
	}
	if n.held == nil {
		t.len++
	}
	n.held = p
}

func (t *topicTree) remove(topic string) {
	if t.get(topic) != nil {
		t.len--
		t.root.remove(topic, true)
	}
}

// remove reports whether n is empty afterwards, so that its parent can drop it.
func (n *topicNode) remove(rest string, more bool) bool {
	if !more {
		n.held = nil
	} else {
		level, rest, more := strings.Cut(rest, "/")
		if c := n.children[level]; c != nil && c.remove(rest, more) {
			delete(n.children, level)
		}
	}
	return n.held == nil && len(n.children) == 0
}

// match returns the publications that a filter matches, in no particular order.
func (t *topicTree) match(filter string) []*publication {
	return t.root.match(nil, filter, true, true)
}

// match walks the levels left in rest. A wildcard in the first level does not match a level that begins with $.
func (n *topicNode) match(dst []*publication, rest string, more, first bool) []*publication {
	if !more {
		return n.append(dst)
	}
	level, rest, more := strings.Cut(rest, "/")
	if level == "#" {
		return n.all(dst, first)
	}
	if level != "+" {
		if c := n.children[level]; c != nil {
			dst = c.match(dst, rest, more, false)
		}
		return dst
	}
	for name, c := range n.children {
		if !first || !strings.HasPrefix(name, "$") {
			dst = c.match(dst, rest, more, false)
		}
	}
	return dst
}

func (n *topicNode) append(dst []*publication) []*publication {
	if n.held != nil {
		dst = append(dst, n.held)
	}
	return dst
}

// all appends what ends here and below.
func (n *topicNode) all(dst []*publication, first bool) []*publication {
	dst = n.append(dst)
	for name, c := range n.children {
		if !first || !strings.HasPrefix(name, "$") {
			dst = c.all(dst, false)
		}
	}
	return dst
}

func (t *topicTree) each(fn func(*publication)) {
	for _, p := range t.root.all(nil, false) {
		fn(p)
	}
}
