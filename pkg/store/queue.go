package store

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// maxQueueName and maxRecordKey bound names, in bytes, so that both fit into one
// key of bbolt.
const (
	maxQueueName = 1024
	maxRecordKey = 1024
)

// A FullPolicy says what becomes of a message that a full queue is given.
type FullPolicy int

const (
	DropOldest FullPolicy = iota // the oldest messages make room
	Refuse                       // Append returns ErrFull
)

// QueueOptions bound a Queue. They are not stored: whoever opens a queue says
// them anew. Zero means no bound.
type QueueOptions struct {
	MaxMessages int
	MaxBytes    int64         // sum of the items' data
	MaxAge      time.Duration // older items are dropped, at the latest by the next flush
	Full        FullPolicy

	// OnDrop is told how many items were dropped, and why: DropFull or
	// DropExpired. It is called without locks by whoever made it happen, possibly
	// a publisher, and must not block.
	OnDrop func(n int, reason string)
}

// Reasons for OnDrop.
const (
	DropFull    = "full"
	DropExpired = "expired"
)

// An Item is one message of a queue.
type Item struct {
	ID   uint64    // ascending within the queue, never used twice
	Data []byte    // shared, never written to
	At   time.Time // when it was appended, as the machine's clock had it
	// Age is how long ago that is, by a clock that nobody sets; since Open, where the machine's clock cannot have been right.
	Age time.Duration
}

// A Queue is a durable, ordered queue of messages with a set of small records
// beside it: a persistent MQTT session, the outbox of a link. What readers see
// is on disk; what they have removed may come back after a crash, never out of
// order. Its methods may be called from several goroutines.
type Queue struct {
	s       *Store
	name    string
	changed chan struct{}

	// The rest is guarded by s.queues.mu.
	opt     QueueOptions
	next    uint64                 // ID of the next item
	entries []*entry               // by ID
	skip    int                    // so many of entries are hidden for certain
	dead    int                    // of entries are of no more use
	n       int                    // entries not hidden
	bytes   int64                  // of their data
	records map[string]*keptRecord // committed
	onBolt  bool                   // bbolt may have a row about the queue itself
	gone    bool                   // deleted
	repair  *repair                // what a failed commit has left in doubt
}

// Queue opens the queue of that name, with what the disk has of it, or creates
// it. Opened again, it is the same queue with new options. A queue that nothing
// was put into is on disk with the next flush.
func (s *Store) Queue(name string, o QueueOptions) (*Queue, error) {
	if name == "" || len(name) > maxQueueName || strings.Contains(name, "\x00") {
		return nil, fmt.Errorf("queue name of %d bytes: %w", len(name), ErrInvalid)
	}
	var drops drops
	defer drops.tell()
	qs := &s.queues
	qs.mu.Lock()
	defer qs.mu.Unlock()
	if qs.closed {
		return nil, ErrClosed
	}
	q := qs.byName[name]
	if q == nil {
		q = s.newQueue(name)
		qs.gather([]queueOp{{kind: opCreate, q: q}})
	}
	q.opt = o
	s.expire(q, &drops)
	if ops := q.makeRoom(&drops); len(ops) > 0 {
		qs.gather(ops)
	}
	if q.n > 0 {
		q.notify()
	}
	return q, nil
}

// newQueue adds a queue of that name, with qs.mu held.
func (s *Store) newQueue(name string) *Queue {
	q := &Queue{s: s, name: name, changed: make(chan struct{}, 1), next: 1, records: map[string]*keptRecord{}}
	s.queues.byName[name] = q
	return q
}

// Queues lists the names of the queues that begin with prefix, in order.
func (s *Store) Queues(prefix string) ([]string, error) {
	qs := &s.queues
	qs.mu.Lock()
	defer qs.mu.Unlock()
	if qs.closed {
		return nil, ErrClosed
	}
	var names []string
	for name := range qs.byName {
		if strings.HasPrefix(name, prefix) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

// DeleteQueue removes a queue with its items and records, and returns once that
// is durable; absence is no error. After an error that matches ErrUnavailable the
// queue is gone from memory, and the disk will be told when it can be.
func (s *Store) DeleteQueue(name string) error {
	c, err := s.deleteQueue(name)
	if err != nil {
		return fmt.Errorf("delete queue %q: %w", name, err)
	}
	if err := c.wait(); err != nil {
		return fmt.Errorf("delete queue %q: %w", name, err)
	}
	return nil
}

func (s *Store) deleteQueue(name string) (Commit, error) {
	qs := &s.queues
	qs.mu.Lock()
	defer qs.mu.Unlock()
	q := qs.byName[name]
	switch {
	case qs.closed:
		return Commit{}, ErrClosed
	case q == nil:
		return Commit{}, nil
	}
	delete(qs.byName, name)
	q.gone = true
	g := qs.gather([]queueOp{{kind: opDrop, q: q}})
	return Commit{g: g, s: s}, nil
}

// Name returns the queue's name.
func (q *Queue) Name() string { return q.name }

// Append puts data, which must not be written to afterwards, at the end of the
// queue. It does not wait for the disk: the order of calls is the order of the
// queue, and readers see the item once it is committed. The error matches
// ErrFull (of a queue that refuses, or for data larger than QueueOptions.MaxBytes)
// or, when the store is closed or the queue deleted, ErrClosed.
func (q *Queue) Append(data []byte) (id uint64, c Commit, err error) {
	b := Batch{s: q.s}
	b.Append(q, data)
	c, err = b.Commit()
	return b.ops[0].id, c, err
}

// Remove takes out items that have done their service; those that are not there
// are passed over. Readers no longer see them at once. The disk hears of it with
// the next commit or flush, unless someone waits for the Commit; until then a
// crash brings them back.
func (q *Queue) Remove(ids ...uint64) Commit {
	b := Batch{s: q.s}
	b.Remove(q, ids...)
	c, _ := b.Commit() // removing fails only when the store is closed
	return c
}

// Len returns the number of items, those not yet committed included.
func (q *Queue) Len() int {
	q.s.queues.mu.Lock()
	defer q.s.queues.mu.Unlock()
	return q.n
}

// Bytes returns the size of the items' data.
func (q *Queue) Bytes() int64 {
	q.s.queues.mu.Lock()
	defer q.s.queues.mu.Unlock()
	return q.bytes
}

// OldestAt returns when the oldest item was appended, zero when there is none.
func (q *Queue) OldestAt() time.Time {
	q.s.queues.mu.Lock()
	defer q.s.queues.mu.Unlock()
	if e := q.first(); e != nil {
		return q.s.opt.Now().Add(-q.s.age(e))
	}
	return time.Time{}
}

// Changed returns a channel, always the same, from which one reader can receive
// once items have become visible since it last did.
func (q *Queue) Changed() <-chan struct{} { return q.changed }

// notify lets the reader of Changed know.
func (q *Queue) notify() {
	select {
	case q.changed <- struct{}{}:
	default: // it has yet to take the last one
	}
}
