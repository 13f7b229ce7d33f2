package store

import "strings"

// A node is one level of the topic tree. The tree makes the cost of a filter
// that of the part of the tree it matches, not of the number of topics.
type node struct {
	level  string
	parent *node
	item   *item // nil when no topic ends here
	kids   kids
}

// kids holds the children of a node. Most nodes have few: a slice is a tenth of
// the size of a map, and as fast to search.
type kids struct {
	few  []*node
	many map[string]*node // replaces few beyond maxFew
}

const maxFew = 8

func (k *kids) get(level string) *node {
	if k.many != nil {
		return k.many[level]
	}
	for _, n := range k.few {
		if n.level == level {
			return n
		}
	}
	return nil
}

func (k *kids) add(n *node) {
	if k.many == nil && len(k.few) < maxFew {
		k.few = append(k.few, n)
		return
	}
	if k.many == nil {
		k.many = make(map[string]*node, 2*maxFew)
		for _, f := range k.few {
			k.many[f.level] = f
		}
		k.few = nil
	}
	k.many[n.level] = n
}

func (k *kids) remove(n *node) {
	if k.many != nil {
		delete(k.many, n.level)
		if len(k.many) == 0 {
			k.many = nil
		}
		return
	}
	for i, f := range k.few {
		if f == n {
			last := len(k.few) - 1
			k.few[i], k.few[last] = k.few[last], nil
			k.few = k.few[:last]
			return
		}
	}
}

func (k *kids) empty() bool { return len(k.few) == 0 && len(k.many) == 0 }

func (k *kids) each(fn func(*node)) {
	for _, n := range k.few {
		fn(n)
	}
	for _, n := range k.many {
		fn(n)
	}
}

// insert hangs it into the tree below n.
func (n *node) insert(it *item) {
	rest, more := it.topic, true
	for more {
		var level string
		level, rest, more = strings.Cut(rest, "/")
		next := n.kids.get(level)
		if next == nil {
			next = &node{level: level, parent: n}
			n.kids.add(next)
		}
		n = next
	}
	n.item, it.node = it, n
}

// drop takes it off the tree, with the branches that held nothing else.
func drop(it *item) {
	n := it.node
	n.item, it.node = nil, nil
	for n.parent != nil && n.item == nil && n.kids.empty() {
		n.parent.kids.remove(n)
		n = n.parent
	}
}

// match calls fn for each item below n whose topic matches filter. At the root,
// wildcards pass over topics that begin with $.
func (n *node) match(filter string, fn func(*item)) {
	level, rest, more := strings.Cut(filter, "/")
	switch level {
	case "#":
		n.all(fn)
	case "+":
		n.kids.each(func(kid *node) {
			if !n.hides(kid) {
				kid.matchRest(rest, more, fn)
			}
		})
	default:
		if kid := n.kids.get(level); kid != nil {
			kid.matchRest(rest, more, fn)
		}
	}
}

// matchRest goes on with what follows the level that n matched.
func (n *node) matchRest(rest string, more bool, fn func(*item)) {
	switch {
	case more:
		n.match(rest, fn)
	case n.item != nil:
		fn(n.item)
	}
}

// all calls fn for n's own item, since # matches the parent level too, and for
// all below it.
func (n *node) all(fn func(*item)) {
	if n.item != nil {
		fn(n.item)
	}
	n.kids.each(func(kid *node) {
		if !n.hides(kid) {
			kid.all(fn)
		}
	})
}

func (n *node) hides(kid *node) bool {
	return n.parent == nil && strings.HasPrefix(kid.level, "$")
}

// validFilter reports whether filter is an MQTT topic filter: not empty, a
// wildcard a whole level, # the last one.
func validFilter(filter string) bool {
	if filter == "" {
		return false
	}
	for more := true; more; {
		var level string
		level, filter, more = strings.Cut(filter, "/")
		if len(level) > 1 && strings.ContainsAny(level, "+#") || level == "#" && more {
			return false
		}
	}
	return true
}
