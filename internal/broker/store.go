package broker

import "context"

// SessionStore keeps sessions over a restart: durable queues of messages in order, each with small records beside it. The
// broker has one for each persistent session, and one for itself.
type SessionStore interface {
	// Names lists the queues whose names begin with prefix.
	Names(prefix string) ([]string, error)
	// Open opens or creates the queue of a name of at most 300 bytes.
	Open(name string) (SessionQueue, error)
	// Delete removes a queue and returns once that is durable; absence is no error.
	Delete(name string) error
	// Change begins a set of changes that become durable together or not at all.
	Change() SessionChange
}

// SessionQueue is what is kept of one session.
type SessionQueue interface {
	// Next returns up to limit items with an ID above after, in order.
	Next(after uint64, limit int) ([]SessionItem, error)
	// Records calls fn with each record whose key begins with prefix, in the order of keys, until fn returns false.
	Records(prefix string, fn func(key string, data []byte) bool)
}

// SessionItem is one message in a queue.
type SessionItem struct {
	ID   uint64 // ascending within the queue, never used twice, from 1
	Data []byte // not to be written to
}

// SessionChange is a set of changes, for one goroutine and one Commit. Its methods never block on a disk.
type SessionChange interface {
	// Append adds an item to a queue.
	Append(q SessionQueue, data []byte)
	// Remove takes an item out; absence is no error.
	Remove(q SessionQueue, id uint64)
	// Put stores a record.
	Put(q SessionQueue, key string, data []byte)
	// Delete removes a record; absence is no error.
	Delete(q SessionQueue, key string)
	// Commit makes the changes. wait returns once they are durable, or could not be made so. Removals that nobody waits for
	// may take until the next change that adds something.
	Commit() (wait func(context.Context) error, err error)
	// IDs returns those of the items appended, in the order of the calls, after Commit.
	IDs() []uint64
}

// commit waits for a disk.
type commit = func(context.Context) error
