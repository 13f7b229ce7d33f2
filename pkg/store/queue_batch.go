package store

import (
	"context"
	"fmt"
)

// A Batch is a set of changes to queues that become durable together or not at
// all. It is for one goroutine, and for one Commit.
type Batch struct {
	s   *Store
	ops []queueOp
	err error
}

// Batch returns an empty batch.
func (s *Store) Batch() *Batch { return &Batch{s: s} }

// Append adds an item to q, which keeps data.
func (b *Batch) Append(q *Queue, data []byte) {
	b.ops = append(b.ops, queueOp{kind: opAppend, q: q, data: data})
}

// Remove takes items out of q; those that are not there are passed over.
func (b *Batch) Remove(q *Queue, ids ...uint64) {
	for _, id := range ids {
		b.ops = append(b.ops, queueOp{kind: opRemove, q: q, id: id})
	}
}

// Put stores data, which it keeps, as a record of q.
func (b *Batch) Put(q *Queue, key string, data []byte) {
	if key == "" || len(key) > maxRecordKey {
		b.err = fmt.Errorf("record of queue %q under a key of %d bytes: %w", q.name, len(key), ErrInvalid)
	}
	b.ops = append(b.ops, queueOp{kind: opPut, q: q, key: key, data: data})
}

// Delete removes a record of q; absence is no error.
func (b *Batch) Delete(q *Queue, key string) {
	b.ops = append(b.ops, queueOp{kind: opDelete, q: q, key: key})
}

// Commit makes the changes. Like Queue.Append, it does not wait for the disk, and
// items and records are seen once it is done with them. A batch that appends or
// puts is written at once, together with all that has gathered; one that only
// removes and deletes, with the next that is, or the next flush.
//
// The errors are those of Append and, for a record's key that cannot be kept,
// ErrInvalid; nothing was changed then.
func (b *Batch) Commit() (Commit, error) {
	if b.err != nil || len(b.ops) == 0 {
		return Commit{}, b.err
	}
	var drops drops
	defer drops.tell()
	qs := &b.s.queues
	qs.mu.Lock()
	defer qs.mu.Unlock()
	if qs.closed {
		return Commit{}, ErrClosed
	}
	for _, op := range b.ops {
		if op.kind == opAppend && op.q.opt.MaxAge > 0 {
			b.s.expire(op.q, &drops)
		}
	}
	if err := b.admit(); err != nil {
		return Commit{}, err
	}
	return b.enter(&drops), nil
}

// IDs returns those of the items appended, in the order of the calls of Append,
// after Commit.
func (b *Batch) IDs() []uint64 {
	var ids []uint64
	for _, op := range b.ops {
		if op.kind == opAppend {
			ids = append(ids, op.id)
		}
	}
	return ids
}

// admit refuses the whole batch when a queue has no room, or is gone.
func (b *Batch) admit() error {
	type room struct {
		n     int
		bytes int64
	}
	var more map[*Queue]room
	for _, op := range b.ops {
		q := op.q
		if q.gone && (op.kind == opAppend || op.kind == opPut) {
			return fmt.Errorf("queue %q was deleted: %w", q.name, ErrClosed)
		}
		if op.kind != opAppend {
			continue
		}
		size := int64(len(op.data))
		if q.opt.MaxBytes > 0 && size > q.opt.MaxBytes {
			return fmt.Errorf("%d bytes for queue %q of %d: %w", size, q.name, q.opt.MaxBytes, ErrFull)
		}
		if q.opt.Full != Refuse {
			continue
		}
		if more == nil {
			more = map[*Queue]room{}
		}
		r := more[q]
		r.n, r.bytes = r.n+1, r.bytes+size
		more[q] = r
		if q.over(r.n, r.bytes) {
			return fmt.Errorf("queue %q with %d messages, %d bytes: %w", q.name, q.n, q.bytes, ErrFull)
		}
	}
	return nil
}

// over reports whether the queue's bounds do not allow so many more items.
func (q *Queue) over(n int, bytes int64) bool {
	return q.opt.MaxMessages > 0 && q.n+n > q.opt.MaxMessages || q.opt.MaxBytes > 0 && q.bytes+bytes > q.opt.MaxBytes
}

// enter changes what memory holds and hands the operations to the committer.
func (b *Batch) enter(drops *drops) Commit {
	qs := &b.s.queues
	ops := make([]queueOp, 0, len(b.ops))
	for i := range b.ops {
		if qs.enter(&b.ops[i]) {
			ops = append(ops, b.ops[i])
		}
	}
	for _, op := range b.ops {
		if op.kind == opAppend {
			ops = append(ops, op.q.makeRoom(drops)...)
		}
	}
	if len(ops) == 0 {
		return Commit{}
	}
	return Commit{g: qs.gather(ops), s: b.s}
}

// A Commit is a promise of the disk. The zero Commit is kept already.
type Commit struct {
	g *group
	s *Store
}

// Wait returns nil once the change is durable. An error that matches
// ErrUnavailable says that it could not be written: items appended and records
// put with it are not kept, what it removed or deleted is tried again with the
// next commit or flush. (Where the disk fails in mid-write and the power goes
// before the next commit, they may be found after all.)
func (c Commit) Wait(ctx context.Context) error {
	if c.g == nil {
		return nil
	}
	c.s.queues.hurry(c.g)
	select {
	case <-c.g.done:
		return c.g.err
	case <-ctx.Done():
		return fmt.Errorf("wait for commit: %w", ctx.Err())
	}
}

func (c Commit) wait() error { return c.Wait(context.Background()) }
