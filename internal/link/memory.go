package link

import (
	"context"
	"sort"
	"sync"
	"time"
)

// memoryQueue is a Queue that ends with the process: for QoS 0, and for links without a store.
type memoryQueue struct {
	bounds  Outbox
	dropped func(n int, reason string)
	now     func() time.Time
	changed chan struct{}

	mu      sync.Mutex
	entries []memoryEntry // by id
	last    uint64
	bytes   int64
}

type memoryEntry struct {
	QueueItem
	at time.Time
}

func newMemoryQueue(bounds Outbox, dropped func(n int, reason string)) *memoryQueue {
	return &memoryQueue{bounds: bounds, dropped: dropped, now: time.Now, changed: make(chan struct{}, 1)}
}

func (q *memoryQueue) Append(data []byte) (id uint64, wait func(context.Context) error, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.expire()
	size := int64(len(data))
	if size > q.bounds.MaxBytes {
		return 0, nil, ErrFull
	}
	full := 0
	for len(q.entries) >= q.bounds.MaxMessages || q.bytes+size > q.bounds.MaxBytes {
		if q.bounds.Full == FullRefuse {
			return 0, nil, ErrFull
		}
		q.remove(0)
		full++
	}
	q.tell(full, DropFull)
	q.last++
	q.entries = append(q.entries, memoryEntry{QueueItem{ID: q.last, Data: data}, q.now()})
	q.bytes += size
	select {
	case q.changed <- struct{}{}:
	default:
	}
	return q.last, func(context.Context) error { return nil }, nil
}

func (q *memoryQueue) Next(after uint64, limit int) (items []QueueItem, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.expire()
	now := q.now()
	for i := q.find(after + 1); i < len(q.entries) && len(items) < limit; i++ {
		item := q.entries[i].QueueItem
		item.Age = now.Sub(q.entries[i].at)
		items = append(items, item)
	}
	return items, nil
}

func (q *memoryQueue) Remove(id uint64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if i := q.find(id); i < len(q.entries) && q.entries[i].ID == id {
		q.remove(i)
	}
}

func (q *memoryQueue) Len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.entries)
}

func (q *memoryQueue) OldestAt() time.Time {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.entries) == 0 {
		return time.Time{}
	}
	return q.entries[0].at
}

func (q *memoryQueue) Changed() <-chan struct{} { return q.changed }

// find returns the index of the first entry with that id or a higher one.
func (q *memoryQueue) find(id uint64) int {
	return sort.Search(len(q.entries), func(i int) bool { return q.entries[i].ID >= id })
}

func (q *memoryQueue) remove(i int) {
	q.bytes -= int64(len(q.entries[i].Data))
	if i == 0 { // the usual case: no copying
		q.entries[0] = memoryEntry{}
		q.entries = q.entries[1:]
		return
	}
	q.entries = append(q.entries[:i], q.entries[i+1:]...)
}

func (q *memoryQueue) expire() {
	oldest, n := q.now().Add(-q.bounds.MaxAge), 0
	for len(q.entries) > 0 && q.entries[0].at.Before(oldest) {
		q.remove(0)
		n++
	}
	q.tell(n, DropExpired)
}

func (q *memoryQueue) tell(n int, reason string) {
	if n > 0 {
		q.dropped(n, reason)
	}
}
