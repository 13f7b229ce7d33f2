package link

import (
	"context"
	"errors"
	"time"
)

// ErrFull is what Append returns when a queue has no room and is not to make any, or is too small for the item altogether.
var ErrFull = errors.New("the outbox is full")

// Why a queue drops items.
const (
	DropFull    = "full"
	DropExpired = "expired"
)

// OutboxStore keeps the outboxes of links over restarts and crashes. The store's adapter implements it.
type OutboxStore interface {
	// Open opens the outbox of a link, with what waits in it from earlier runs, or creates it. The bounds hold at once.
	// dropped is told how many items were lost to them, and why: DropFull or DropExpired. It must neither block nor publish.
	Open(link string, bounds Outbox, dropped func(n int, reason string)) (Queue, error)
}

// Queue holds messages in order until they are removed.
type Queue interface {
	// Append adds data, which must not be written to afterwards. It does not wait for a disk: the order of calls is the
	// order of the queue. wait returns once the item is durable, or could not be made so. The error matches ErrFull, or
	// says that the queue is closed.
	Append(data []byte) (id uint64, wait func(context.Context) error, err error)
	// Next returns up to limit durable items with an ID above after, in order, without removing them.
	Next(after uint64, limit int) ([]QueueItem, error)
	// Remove takes an item out; absence is no error. After a crash it may be back.
	Remove(id uint64)
	// Len returns the number of items.
	Len() int
	// OldestAt returns when the oldest item was appended, zero when there is none.
	OldestAt() time.Time
	// Changed returns a channel, always the same, from which one reader can receive once Next may have more.
	Changed() <-chan struct{}
}

// QueueItem is one message of a Queue.
type QueueItem struct {
	ID   uint64        // ascending within the queue, never used twice, from 1
	Data []byte        // not to be written to
	Age  time.Duration // since it was appended, by a clock that nobody sets
}
