package store

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"

	bolt "go.etcd.io/bbolt"
)

// A frozenCell is a row that a checkpoint is to write.
type frozenCell struct {
	key string
	cell
}

// freeze hands what is on disk, and not in bbolt, to a checkpoint. s.flushing is
// held, so that no commit comes between this and the new segment.
func (qs *queueSet) freeze() {
	qs.mu.Lock()
	defer qs.mu.Unlock()
	left := len(qs.frozen) > 0 // by a checkpoint that failed
	for key, c := range qs.delta {
		switch {
		case c.e != nil:
			c.e.onBolt = true
		case c.r != nil:
			c.r.onBolt = true
		case c.q != nil:
			c.q.onBolt = true
		}
		if left {
			qs.frozen[key] = c
		}
	}
	if !left {
		qs.frozen = qs.delta
	}
	qs.delta = map[string]cell{}
}

// unwritten counts the rows that bbolt has yet to hear of.
func (qs *queueSet) unwritten() int {
	qs.mu.Lock()
	defer qs.mu.Unlock()
	return len(qs.delta) + len(qs.frozen)
}

// cells returns the frozen rows in the order of bbolt, so that neighbours share
// pages.
func (qs *queueSet) cells() []frozenCell {
	cells := qs.copyFrozen()
	slices.SortFunc(cells, func(a, b frozenCell) int { return cmp.Compare(a.key, b.key) })
	return cells
}

func (qs *queueSet) copyFrozen() []frozenCell {
	qs.mu.Lock()
	defer qs.mu.Unlock()
	cells := make([]frozenCell, 0, len(qs.frozen))
	for key, c := range qs.frozen {
		cells = append(cells, frozenCell{key, c})
	}
	return cells
}

// rows encodes as many of the cells as one transaction takes, when it has so many
// rows already.
func (qs *queueSet) rows(cells []frozenCell, rows []row, limit int) []row {
	qs.mu.Lock()
	defer qs.mu.Unlock()
	size := 0
	for i := range cells {
		if len(rows) >= limit || size > checkpointBytes {
			break
		}
		r := row{bucket: bucketQueues, key: []byte(cells[i].key), body: cells[i].body()}
		size += len(r.key) + len(r.body)
		rows = append(rows, r)
	}
	return rows
}

// thaw ends what freeze began: bbolt has it all. Readers find the data there.
func (qs *queueSet) thaw() {
	qs.mu.Lock()
	defer qs.mu.Unlock()
	for _, c := range qs.frozen {
		if c.e != nil && !c.e.dead {
			c.e.data, c.e.away = nil, true
		}
	}
	qs.frozen = map[string]cell{}
}

// staleRows returns a copy of all that bbolt has yet to hear of.
func (qs *queueSet) staleRows() (rows []row) {
	qs.mu.Lock()
	defer qs.mu.Unlock()
	for key, c := range qs.frozen {
		if _, newer := qs.delta[key]; !newer {
			rows = append(rows, row{bucketQueues, []byte(key), c.body()})
		}
	}
	for key, c := range qs.delta {
		rows = append(rows, row{bucketQueues, []byte(key), c.body()})
	}
	return rows
}

// loadQueues reads the checkpointed queues. A row that does not decode is left
// out and reported.
func (s *Store) loadQueues(tx *bolt.Tx) error {
	b := tx.Bucket([]byte(bucketQueues))
	if b == nil {
		return fmt.Errorf("bucket %s is missing: %w", bucketQueues, ErrCorrupt)
	}
	return b.ForEach(func(key, row []byte) error {
		if !s.loadRow(key, row) {
			s.opt.Logger.Warn("stored queue row skipped", "key", fmt.Sprintf("%q", key), "bytes", len(row))
		}
		return nil
	})
}

func (s *Store) loadRow(key, row []byte) bool {
	nameB, rest, found := bytes.Cut(key, []byte{0})
	if !found || len(nameB) == 0 || len(rest) == 0 {
		return false
	}
	q := s.queueNamed(nameB)
	what, rest := rest[0], rest[1:]
	switch {
	case what == rowItem && len(rest) == 8 && len(row) >= itemHeader:
		id := binary.BigEndian.Uint64(rest)
		at := int64(binary.LittleEndian.Uint64(row))
		if id == 0 || id > maxID {
			return false
		}
		q.insert(&entry{
			id: id, at: at, born: s.born(at), size: len(row) - itemHeader,
			committed: true, onBolt: true, away: true,
		})
	case what == rowQueue && len(row) == 8:
		q.next, q.onBolt = max(q.next, min(binary.BigEndian.Uint64(row), maxID)), true
	case what == rowRecord && len(rest) > 0:
		q.records[string(rest)] = &keptRecord{data: slices.Clone(row), onBolt: true}
	default:
		return false
	}
	return true
}

func (s *Store) queueNamed(name []byte) *Queue {
	if q := s.queues.byName[string(name)]; q != nil {
		return q
	}
	return s.newQueue(string(name))
}

// replayOps applies a batch from the log.
func (s *Store) replayOps(ops []loggedOp) {
	for _, l := range ops {
		op := queueOp{kind: l.kind, q: s.queueNamed(l.name), id: l.id, to: l.to, at: l.at, key: string(l.key)}
		op.data = append([]byte{}, l.data...)
		if op.kind == opAppend {
			op.e = op.q.replayed(&op)
		}
		s.queues.apply(&op)
	}
}

// replayed returns the entry of an item in the log. A checkpoint that was
// interrupted may have written it already.
func (q *Queue) replayed(op *queueOp) *entry {
	e := &entry{id: op.id, at: op.at, born: q.s.born(op.at), size: len(op.data), data: op.data}
	if old := q.find(op.id); old != nil {
		e.onBolt = old.onBolt
		q.bury(old)
	}
	q.insert(e)
	return e
}
