package link

import (
	"sync"
	"time"
)

// What waits with QoS 0 for a broker that is away is in memory, and less than the configuration allows: it is meant to be lost.
const (
	volatileMessages = 1000
	volatileBytes    = 1 << 20
)

// outbox keeps messages for the remote broker until it has acknowledged them: those of QoS 1 and 2 on disk, those of QoS 0 in
// memory. A topic has one QoS on its way out, so that its order is that of its queue.
type outbox struct {
	durable, volatile Queue

	mu      sync.Mutex
	waiting map[string]uint64 // the newest durable item by topic; some may be gone
	done    uint64            // durable items up to this one are gone
}

// openOutbox opens the outbox of a link in store, or in memory without one.
func openOutbox(c *Config, store OutboxStore, dropped func(n int, qos byte, reason string)) (*outbox, error) {
	bounds := c.Outbox
	bounds.MaxMessages, bounds.MaxBytes = min(bounds.MaxMessages, volatileMessages), min(bounds.MaxBytes, volatileBytes)
	bounds.Full = FullDropOldest
	o := &outbox{
		volatile: newMemoryQueue(bounds, func(n int, reason string) { dropped(n, 0, reason) }),
		waiting:  map[string]uint64{},
	}
	atLeastOnce := func(n int, reason string) { dropped(n, 1, reason) }
	if store == nil {
		o.durable = newMemoryQueue(c.Outbox, atLeastOnce)
		return o, nil
	}
	var err error
	if o.durable, err = store.Open(c.Name, c.Outbox, atLeastOnce); err != nil {
		return nil, err
	}
	return o, o.index()
}

// index notes the topics of what waits from earlier runs.
func (o *outbox) index() error {
	for after := uint64(0); ; {
		items, err := o.durable.Next(after, batch)
		if err != nil || len(items) == 0 {
			return err
		}
		for _, q := range items {
			if it, err := decodeItem(q.Data); err == nil {
				o.waiting[it.topic] = q.ID
			}
			after = q.ID
		}
	}
}

// put appends an item. What it returns is Queue.Append's.
func (o *outbox) put(it item) (wait waiting, err error) {
	if it.qos == 0 {
		_, wait, err = o.volatile.Append(it.encode())
		return wait, err
	}
	id, wait, err := o.durable.Append(it.encode())
	if err != nil {
		return nil, err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.waiting) > 2*o.durable.Len()+batch {
		o.sweep()
	}
	o.waiting[it.topic] = max(id, o.waiting[it.topic])
	return wait, nil
}

// sweep forgets topics of items that are gone: dropped ones are not announced one by one.
func (o *outbox) sweep() {
	first := o.first()
	for topic, id := range o.waiting {
		if id < first {
			delete(o.waiting, topic)
		}
	}
}

// first is the lowest id that may still wait.
func (o *outbox) first() uint64 {
	if items, err := o.durable.Next(o.done, 1); err == nil && len(items) > 0 {
		return items[0].ID
	}
	return o.done + 1
}

// finish removes a durable item that the broker has.
func (o *outbox) finish(id uint64, topic string) {
	o.durable.Remove(id)
	o.mu.Lock()
	defer o.mu.Unlock()
	o.done = max(o.done, id)
	if o.waiting[topic] == id {
		delete(o.waiting, topic)
	}
}

// holds reports whether something durable waits for a remote topic.
func (o *outbox) holds(topic string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	id, known := o.waiting[topic]
	return known && id >= o.first()
}

func (o *outbox) len() int { return o.durable.Len() + o.volatile.Len() }

// oldestAt is when the oldest item came, zero when there is none.
func (o *outbox) oldestAt() time.Time {
	d, v := o.durable.OldestAt(), o.volatile.OldestAt()
	if d.IsZero() || !v.IsZero() && v.Before(d) {
		return v
	}
	return d
}
