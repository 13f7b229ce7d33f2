package store

import "fmt"

const (
	encodeBatch = 128      // most items encoded each time the lock is taken
	writeBatch  = 64 << 10 // bytes gathered before they are written
)

// Flush writes what changed to the value log and syncs it, now. When it fails
// (a full disk), the changes stay in memory and go with the next flush.
func (s *Store) Flush() error {
	s.flushing.Lock()
	defer s.flushing.Unlock()
	if s.closed {
		return ErrClosed
	}
	return s.flush(false)
}

// flush does it, with s.flushing held. A clean flush is that of Close: it leaves
// word that nothing came after it.
func (s *Store) flush(clean bool) error {
	items, queued := s.take(&s.dirty), s.queues.take()
	if len(items) == 0 && queued == nil && !clean {
		return nil
	}
	err := s.writeOut(items, queued, clean)
	s.release(&s.dirty, items, err)
	s.queues.finish(queued, err)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.flushErr = err
	if err != nil {
		s.failures++
		return fmt.Errorf("flush: %w", err)
	}
	s.flushes++
	s.lastFlush = s.opt.Now()
	return nil
}

// writeOut writes items, queue operations and, unless there are only the latter,
// a mark.
func (s *Store) writeOut(items []*item, queued *group, clean bool) error {
	if s.log.file == nil {
		if err := s.log.begin(); err != nil {
			return err
		}
	}
	buf := make([]byte, 0, writeBatch+writeBatch/2)
	mark, marked := uint64(0), len(items) > 0 || clean
	for len(items) > 0 {
		var n int
		buf, n, mark = s.encode(buf, items)
		items = items[n:]
		if len(buf) >= writeBatch {
			if err := s.log.append(buf); err != nil {
				return err
			}
			buf = buf[:0]
		}
	}
	buf, err := s.writeOps(buf, queued)
	if err != nil {
		return err
	}
	if marked {
		mark = max(mark, s.MaxSeq())
		buf = appendFrame(buf, s.log.number, func(b []byte) []byte { return appendMark(b, mark, clean) })
	}
	if err := s.log.append(buf); err != nil {
		return err
	}
	return s.log.sync()
}

// writeOps appends the batches of a group to buf, and buf to the log whenever it
// is worth it.
func (s *Store) writeOps(buf []byte, g *group) ([]byte, error) {
	if g == nil {
		return buf, nil
	}
	for from, i := 0, 0; i < len(g.ops); i++ {
		if !g.ops[i].last {
			continue
		}
		batch := g.ops[from : i+1]
		from = i + 1
		buf = appendFrame(buf, s.log.number, func(b []byte) []byte { return appendOps(b, batch) })
		if len(buf) >= writeBatch {
			if err := s.log.append(buf); err != nil {
				return buf, err
			}
			buf = buf[:0]
		}
	}
	return buf, nil
}

// encode appends a frame with the first n of items, as they are now: no more
// than are worth one hold of the lock and one write.
func (s *Store) encode(buf []byte, items []*item) (_ []byte, n int, seq uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	buf = appendFrame(buf, s.log.number, func(b []byte) []byte {
		e := itemEncoder{b: append(b, opItems), names: &s.log.names}
		for n == 0 || n < len(items) && n < encodeBatch && len(e.b) < writeBatch {
			e.add(items[n])
			n++
		}
		return e.b
	})
	return buf, n, s.maxSeq
}

// take empties the list and holds its items: the caller is about to write them.
func (s *Store) take(l *list) []*item {
	s.mu.Lock()
	defer s.mu.Unlock()
	items := make([]*item, 0, l.n)
	for it := l.front; it != nil; it = l.front {
		l.remove(it)
		it.held++
		it.known = true
		items = append(items, it)
	}
	return items
}

// release ends what take began. After an error the items are on the list again.
func (s *Store) release(l *list, items []*item, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, it := range items {
		it.held--
		if err != nil {
			l.add(it)
		}
		s.forget(it)
	}
}
