package store

import (
	"cmp"
	"slices"
)

// recency orders the live values by when they were used last. What Open loads
// is colder than anything used since; it is put in order only when the first of
// it must go, since most stores never fill up.
type recency struct {
	hot    list
	cold   list
	sorted bool // cold is in order
}

func newRecency() recency {
	return recency{hot: list{which: listRecent}, cold: list{which: listRecent}}
}

// load adds an item that was used in an earlier life.
func (r *recency) load(it *item) {
	it.cold = true
	r.cold.add(it)
	r.sorted = false
}

// touch makes it the most recently used.
func (r *recency) touch(it *item) {
	if r.hot.front == it {
		return
	}
	r.remove(it)
	r.hot.pushFront(it)
}

func (r *recency) remove(it *item) {
	if it.cold {
		r.cold.remove(it)
		it.cold = false
		return
	}
	r.hot.remove(it)
}

// oldest returns the longest unused item, nil when there is none.
func (r *recency) oldest() *item {
	if r.cold.n == 0 {
		return r.hot.back
	}
	if !r.sorted {
		r.sort()
	}
	return r.cold.back
}

// sort orders what was loaded by sequence number, the best guess at its use.
func (r *recency) sort() {
	all := make([]*item, 0, r.cold.n)
	for it := r.cold.front; it != nil; it = it.links[listRecent].next {
		all = append(all, it)
	}
	slices.SortFunc(all, func(a, b *item) int { return cmp.Compare(b.seq, a.seq) })
	for _, it := range all {
		r.cold.remove(it)
		r.cold.add(it)
	}
	r.sorted = true
}
