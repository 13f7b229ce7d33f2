package store

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"

	bolt "go.etcd.io/bbolt"
)

// Next returns up to limit committed items with an ID above after, in order.
func (q *Queue) Next(after uint64, limit int) ([]Item, error) {
	items, away, err := q.visible(after, limit)
	if err != nil || len(away) == 0 {
		return items, err
	}
	return q.fetch(items, away)
}

// visible returns what Next does, and the indices of those items whose data is
// in bbolt only.
func (q *Queue) visible(after uint64, limit int) (items []Item, away []int, err error) {
	var drops drops
	defer drops.tell()
	qs := &q.s.queues
	qs.mu.Lock()
	defer qs.mu.Unlock()
	if qs.closed || q.gone {
		return nil, nil, fmt.Errorf("read queue %q: %w", q.name, ErrClosed)
	}
	q.s.expire(q, &drops)
	q.first() // moves q.skip on
	at, found := slices.BinarySearchFunc(q.entries, after, entryByID)
	if found {
		at++
	}
	for _, e := range q.entries[max(at, q.skip):] {
		if len(items) >= limit {
			break
		}
		if !e.committed || e.hidden {
			continue
		}
		if e.away {
			away = append(away, len(items))
		}
		items = append(items, Item{ID: e.id, Data: e.data, At: fromNanos(e.at), Age: q.s.age(e)})
	}
	return items, away, nil
}

// fetch fills in data from bbolt. An item that is not there was removed in the
// meantime, and is left out.
func (q *Queue) fetch(items []Item, away []int) ([]Item, error) {
	missing := map[uint64]bool{}
	err := q.s.db.View(func(tx *bolt.Tx) error {
		b := tx.Bucket([]byte(bucketQueues))
		for _, i := range away {
			row := b.Get(itemKey(q.name, items[i].ID))
			if len(row) < itemHeader {
				missing[items[i].ID] = true
				continue
			}
			items[i].Data = slices.Clone(row[itemHeader:])
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read queue %q: %w", q.name, closedError(err))
	}
	return slices.DeleteFunc(items, func(it Item) bool { return missing[it.ID] }), nil
}

// Record returns the committed record of that key, which must not be written to,
// and whether there is one.
func (q *Queue) Record(key string) (data []byte, found bool) {
	q.s.queues.mu.Lock()
	defer q.s.queues.mu.Unlock()
	r := q.records[key]
	if r == nil {
		return nil, false
	}
	return r.data, true
}

// Records calls fn for each committed record whose key begins with prefix, in the
// order of keys, until fn returns false. fn runs without locks.
func (q *Queue) Records(prefix string, fn func(key string, data []byte) bool) {
	type pair struct {
		key  string
		data []byte
	}
	q.s.queues.mu.Lock()
	pairs := make([]pair, 0, len(q.records))
	for key, r := range maps.All(q.records) {
		if len(key) >= len(prefix) && key[:len(prefix)] == prefix {
			pairs = append(pairs, pair{key, r.data})
		}
	}
	q.s.queues.mu.Unlock()
	slices.SortFunc(pairs, func(a, b pair) int { return cmp.Compare(a.key, b.key) })
	for _, p := range pairs {
		if !fn(p.key, p.data) {
			return
		}
	}
}

// The rows of a queue in bbolt, in one bucket for all:
//
//	name 0 'i' id u64 big-endian    at i64 | data
//	name 0 'q'                      next id u64
//	name 0 'r' key                  data
const (
	rowItem   = 'i'
	rowQueue  = 'q'
	rowRecord = 'r'

	itemHeader = 8
)

func rowKey(name string, what byte) []byte {
	b := make([]byte, 0, len(name)+10)
	return append(append(b, name...), 0, what)
}

func itemKey(name string, id uint64) []byte {
	return binary.BigEndian.AppendUint64(rowKey(name, rowItem), id)
}

func recordKey(name, key string) []byte { return append(rowKey(name, rowRecord), key...) }
