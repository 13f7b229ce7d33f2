package link

import (
	"context"
	"sync"
	"time"
)

// item is one message for the remote broker.
type item struct {
	seq     uint64 // the bus's
	topic   string // remote
	payload []byte
	qos     byte
	retain  bool
	at      time.Time
}

// outbox keeps messages for the remote broker until it has acknowledged them. The one here is in memory; one on disk has the
// same methods, and has put wait for its commit through bus.Delivery.Durable.
type outbox interface {
	// put appends an item and returns how many were dropped for it, counting the item itself.
	put(it item) (dropped int)
	// next returns the oldest item not handed out yet and waits for one. expired counts those that were too old.
	next(ctx context.Context) (it item, expired int, err error)
	// done removes an item that was handed out.
	done(seq uint64)
	// rewind has everything that is not done handed out again.
	rewind()
	// holds reports whether something waits for a topic.
	holds(topic string) bool
	len() int
}

// memoryOutbox is a bounded queue. Items before sent are handed out.
type memoryOutbox struct {
	limits Outbox
	now    func() time.Time
	wake   chan struct{}

	mu    sync.Mutex
	items []item
	sent  int
	bytes int64
}

func newMemoryOutbox(limits Outbox) *memoryOutbox {
	return &memoryOutbox{limits: limits, now: time.Now, wake: make(chan struct{}, 1)}
}

func (o *memoryOutbox) put(it item) (dropped int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	size := int64(len(it.payload))
	for len(o.items) >= o.limits.MaxMessages || o.bytes+size > o.limits.MaxBytes {
		if o.limits.Full == FullRefuse || len(o.items) == 0 {
			return dropped + 1
		}
		o.removeLocked(0)
		dropped++
	}
	o.items = append(o.items, it)
	o.bytes += size
	select {
	case o.wake <- struct{}{}:
	default:
	}
	return dropped
}

func (o *memoryOutbox) removeLocked(i int) {
	o.bytes -= int64(len(o.items[i].payload))
	if i == 0 { // the usual case: no copying
		o.items[0] = item{}
		o.items = o.items[1:]
	} else {
		o.items = append(o.items[:i], o.items[i+1:]...)
	}
	if i < o.sent {
		o.sent--
	}
}

func (o *memoryOutbox) next(ctx context.Context) (it item, expired int, err error) {
	for {
		if it, n, ok := o.tryNext(); ok {
			return it, expired + n, nil
		} else {
			expired += n
		}
		select {
		case <-ctx.Done():
			return item{}, expired, ctx.Err()
		case <-o.wake:
		}
	}
}

func (o *memoryOutbox) tryNext() (it item, expired int, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	oldest := o.now().Add(-o.limits.MaxAge)
	for o.sent < len(o.items) {
		if it = o.items[o.sent]; it.at.After(oldest) {
			o.sent++
			return it, expired, true
		}
		o.removeLocked(o.sent)
		expired++
	}
	return item{}, expired, false
}

func (o *memoryOutbox) done(seq uint64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for i := range o.items[:o.sent] {
		if o.items[i].seq == seq {
			o.removeLocked(i)
			return
		}
	}
}

func (o *memoryOutbox) rewind() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.sent = 0
}

func (o *memoryOutbox) holds(topic string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	for i := range o.items {
		if o.items[i].topic == topic {
			return true
		}
	}
	return false
}

func (o *memoryOutbox) len() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.items)
}
