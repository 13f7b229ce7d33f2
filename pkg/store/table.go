package store

// A table is one key space in memory. Its map also holds items that are gone,
// until the disk knows.
type table struct {
	items map[string]*item
	live  int
	bytes int64 // sum of size() over live items
}

// detachSize takes a live item out of the count of bytes before it changes;
// revive counts it again.
func (t *table) detachSize(it *item) {
	if !it.gone {
		t.bytes -= it.size()
	}
}

func (s *Store) table(k kind) *table {
	if k == kindRetained {
		return &s.retained
	}
	return &s.values
}

// revive counts it, whose content was just set, as live and just used.
func (s *Store) revive(it *item) {
	t := s.table(it.kind)
	t.bytes += it.size()
	if it.gone {
		it.gone = false
		t.live++
	}
	if it.kind != kindValue {
		return
	}
	if it.node == nil {
		s.planting.Lock()
		s.tree.insert(it)
		s.planting.Unlock()
	}
	s.recent.touch(it)
}

// changed marks it for the next flush and the next checkpoint.
func (s *Store) changed(it *item) {
	s.dirty.add(it)
	s.stale.add(it)
}

// bury removes a live item. When the disk may hold a record of it, it stays as
// a tombstone until the log and bbolt have been told.
func (s *Store) bury(it *item) {
	t := s.table(it.kind)
	t.live--
	t.bytes -= it.size()
	it.gone, it.payload, it.extra = true, nil, ""
	if it.kind == kindValue {
		s.planting.Lock()
		drop(it)
		s.planting.Unlock()
		s.recent.remove(it)
	}
	if it.known {
		s.changed(it)
		return
	}
	s.dirty.remove(it)
	s.stale.remove(it)
	s.forget(it)
}

// forget lets go of an item that is gone once nobody needs its tombstone.
func (s *Store) forget(it *item) {
	if it.gone && it.held == 0 && !s.dirty.has(it) && !s.stale.has(it) {
		delete(s.table(it.kind).items, it.topic)
	}
}

// evict removes the longest unused values until the bounds hold.
func (s *Store) evict() {
	for s.values.live > s.opt.MaxTopics || s.values.bytes > s.opt.MaxBytes {
		s.evicted++
		s.bury(s.recent.oldest())
	}
}
