package store

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	bolt "go.etcd.io/bbolt"
)

// A checkpoint goes to bbolt in transactions of at most this many items and
// about this many bytes: enough to fill pages, little enough that records and a
// small machine's memory do not suffer.
const (
	checkpointItems = 4096
	checkpointBytes = 1 << 20
)

// maxLogSize is the size of the log that makes a checkpoint due before its time.
// It bounds how long Open takes, and the space used.
const maxLogSize = 32 << 20

// Checkpoint folds the value log into bbolt and removes what has become
// superfluous of it. The store does so by itself every Options.CheckpointInterval.
//
// It is safe to be interrupted anywhere. The log is rotated first, so that the
// older segments hold nothing bbolt will not hold; they count, and are replayed
// over bbolt by Open, until the transaction that writes the last of the values
// also raises the floor.
func (s *Store) Checkpoint() error {
	s.checkpointing.Lock()
	defer s.checkpointing.Unlock()
	floor, err := s.rotate()
	if err != nil || floor == 0 {
		return s.checkpointed(err)
	}
	items := s.take(&s.stale)
	left, err := s.writeBolt(items, s.queues.cells(), floor)
	s.release(&s.stale, items[:len(items)-len(left)], nil)
	s.release(&s.stale, left, err)
	if err != nil {
		return s.checkpointed(err)
	}
	s.queues.thaw()
	s.flushing.Lock()
	defer s.flushing.Unlock()
	if err = s.opt.fault("segment remove"); err == nil {
		err = s.log.removeBelow(floor)
	}
	return s.checkpointed(err)
}

func (s *Store) checkpointed(err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.checkpointErr = err
	if err != nil {
		s.failures++
		return fmt.Errorf("checkpoint: %w", err)
	}
	s.checkpoints++
	return nil
}

// rotate flushes and begins a new segment, whose number it returns: the floor
// once bbolt has what the older ones hold. It returns 0 when there is nothing
// new, so that an idle gateway does not write.
func (s *Store) rotate() (uint64, error) {
	s.flushing.Lock()
	defer s.flushing.Unlock()
	if s.closed {
		return 0, ErrClosed
	}
	if err := s.flush(false); err != nil {
		return 0, err
	}
	s.mu.Lock()
	stale := s.stale.n
	s.mu.Unlock()
	if stale+s.queues.unwritten() == 0 {
		return 0, nil
	}
	if err := s.log.begin(); err != nil {
		return 0, err
	}
	s.queues.freeze()
	return s.log.number, nil
}

// A row is what a checkpoint writes to one key of one bucket.
type row struct {
	bucket string
	key    []byte
	body   []byte // nil to delete
}

// writeBolt writes the items and cells as they are now, sorted so that neighbours
// share pages, and with the last of them the floor. It returns the items not
// written.
func (s *Store) writeBolt(items []*item, cells []frozenCell, floor uint64) (left []*item, err error) {
	slices.SortFunc(items, func(a, b *item) int {
		return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.topic, b.topic))
	})
	for len(items)+len(cells) > 0 {
		rows, seq, topics := s.rows(items)
		values := len(rows)
		rows = s.queues.rows(cells, rows, s.opt.chunk)
		last := len(rows) == len(items)+len(cells)
		err := s.commits.update(func(tx *bolt.Tx) error {
			if err := putRows(tx, rows); err != nil || !last {
				return err
			}
			return errors.Join(putMeta(tx, keyMaxSeq, seq), putMeta(tx, keyTopics, uint64(topics)), putMeta(tx, keyFloor, floor))
		})
		if err != nil {
			return items, err
		}
		items, cells = items[values:], cells[len(rows)-values:]
	}
	return nil, nil
}

// rows encodes as many of the items as one transaction takes.
func (s *Store) rows(items []*item) (rows []row, seq uint64, topics int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	size := 0
	for _, it := range items {
		if len(rows) == s.opt.chunk || size > checkpointBytes {
			break
		}
		r := it.row()
		size += len(r.key) + len(r.body)
		rows = append(rows, r)
	}
	return rows, s.maxSeq, s.values.live
}

func (it *item) row() row {
	r := row{bucket: bucketName(it.kind), key: []byte(it.topic)}
	if !it.gone {
		r.body = appendBody(nil, it, "")
	}
	return r
}

func bucketName(k kind) string {
	if k == kindRetained {
		return bucketRetained
	}
	return bucketValues
}

// fillPercent is how full a page is left that is split. Most rows replace one of about their size, and what is not a new page need not be
// written.
const fillPercent = 0.9

func putRows(tx *bolt.Tx, rows []row) error {
	for _, r := range rows {
		b := tx.Bucket([]byte(r.bucket))
		b.FillPercent = fillPercent
		var err error
		if r.body == nil {
			err = b.Delete(r.key)
		} else {
			err = b.Put(r.key, r.body)
		}
		if err != nil {
			return fmt.Errorf("bucket %s, topic of %d bytes: %w", r.bucket, len(r.key), err)
		}
	}
	return nil
}
