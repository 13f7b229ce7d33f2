package sio

import (
	"sync"
	"time"
)

// However many pages ask for the tree of topics, walking all of them takes this share of one core at most: an answer is good for
// so many times as long as it took to find it, up to a second.
const (
	treeShare   = 20
	treeLongest = time.Second
	treesKept   = 64
)

// trees are answers to topics, by who may read what and the prefix.
type trees struct {
	mu    sync.Mutex
	known map[string]tree
	now   func() time.Time
}

type tree struct {
	branches
	until time.Time
}

// below returns the answer that is known for key, or what find finds. One looks at a time.
func (t *trees) below(key string, find func() branches) branches {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.now == nil {
		t.now = time.Now
	}
	began := t.now()
	if known, ok := t.known[key]; ok && began.Before(known.until) {
		return known.branches
	}
	for other, known := range t.known {
		if !began.Before(known.until) {
			delete(t.known, other)
		}
	}
	found := find()
	now := t.now()
	if t.known == nil {
		t.known = map[string]tree{}
	}
	if len(t.known) < treesKept {
		t.known[key] = tree{found, now.Add(min(treeShare*now.Sub(began), treeLongest))}
	}
	return found
}
