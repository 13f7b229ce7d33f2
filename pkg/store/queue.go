package store

import (
	"context"
	"time"
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
	MaxAge      time.Duration // older items are dropped
	Full        FullPolicy

	// OnDrop is told how many items were dropped, and why: "full" or "expired".
	// It is called without locks, by whoever made it happen, and must not block.
	OnDrop func(n int, reason string)
}

// An Item is one message of a queue.
type Item struct {
	ID   uint64    // ascending within the queue, never used twice
	Data []byte    // shared, never written to
	At   time.Time // when it was appended
}

// A Queue is a durable, ordered queue of messages with a set of small records
// beside it: a persistent MQTT session, the outbox of a link.
type Queue struct{ name string }

// Queue opens the queue of that name, with what the disk has of it, or creates
// it. Opened again, it is the same queue with new options.
func (s *Store) Queue(name string, o QueueOptions) (*Queue, error) {
	return &Queue{name}, ErrUnavailable
}

// Queues lists the names of the queues that begin with prefix, in order.
func (s *Store) Queues(prefix string) ([]string, error) { return nil, ErrUnavailable }

// DeleteQueue removes a queue with its items and records, durably; absence is no
// error.
func (s *Store) DeleteQueue(name string) error { return ErrUnavailable }

// Name returns the queue's name.
func (q *Queue) Name() string { return q.name }

// Append puts data, which must not be written to afterwards, at the end of the
// queue. It does not wait for the disk: the order of calls is the order of the
// queue, and readers see the item once it is committed. The error is ErrFull
// (Refuse only, or data larger than the whole queue) or ErrClosed.
func (q *Queue) Append(data []byte) (id uint64, c Commit, err error) {
	return 0, Commit{}, ErrUnavailable
}

// Next returns up to max committed items with an ID above after, in order.
func (q *Queue) Next(after uint64, max int) ([]Item, error) { return nil, ErrUnavailable }

// Remove takes out items that have done their service. Readers no longer see
// them; on disk they are gone with the next commit or flush, so that a crash may
// bring them back.
func (q *Queue) Remove(ids ...uint64) Commit { return Commit{} }

// Len returns the number of items, those not yet committed included.
func (q *Queue) Len() int { return 0 }

// Bytes returns the size of the items' data.
func (q *Queue) Bytes() int64 { return 0 }

// OldestAt returns when the oldest item was appended, zero when there is none.
func (q *Queue) OldestAt() time.Time { return time.Time{} }

// Changed returns a channel, always the same, from which one reader can receive
// once items have become visible since it last did.
func (q *Queue) Changed() <-chan struct{} { return nil }

// Record returns the committed record of that key, and whether there is one.
func (q *Queue) Record(key string) (data []byte, found bool) { return nil, false }

// Records calls fn for each committed record, in the order of keys, until fn
// returns false.
func (q *Queue) Records(fn func(key string, data []byte) bool) {}

// A Commit is a promise of the disk.
type Commit struct{}

// Wait returns nil once the change is durable. After an error that matches
// ErrUnavailable it is undone.
func (c Commit) Wait(ctx context.Context) error { return ErrUnavailable }

// A Batch is a set of changes to queues that become durable together or not at
// all.
type Batch struct{}

// Batch returns an empty batch. It is for one goroutine.
func (s *Store) Batch() *Batch { return &Batch{} }

// Append adds an item to q.
func (b *Batch) Append(q *Queue, data []byte) {}

// Remove removes items from q.
func (b *Batch) Remove(q *Queue, ids ...uint64) {}

// Put stores a record of q.
func (b *Batch) Put(q *Queue, key string, data []byte) {}

// Delete removes a record of q; absence is no error.
func (b *Batch) Delete(q *Queue, key string) {}

// Commit makes the changes, and returns the IDs of the items appended, in the
// order of the calls of Append. Like Append, it does not wait for the disk. A
// batch that only removes and deletes is durable with the next commit or flush.
func (b *Batch) Commit() (ids []uint64, c Commit, err error) { return nil, Commit{}, ErrUnavailable }
