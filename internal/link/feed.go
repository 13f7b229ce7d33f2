package link

import (
	"context"
	"fmt"

	"gateway/internal/bus"
)

// confirmation waits for the acknowledgement of one message.
type confirmation struct {
	id    uint64
	topic string
	wait  func(context.Context) error
}

// feed sends the items of a queue, the oldest first. It returns when ctx ends or the connection takes no more.
func (l *Link) feed(ctx context.Context, conn *connection, q Queue, sent chan<- confirmation) error {
	defer close(sent)
	for after := uint64(0); ; {
		items, err := q.Next(after, batch)
		if err != nil {
			return fmt.Errorf("outbox: %w", err)
		}
		for _, queued := range items {
			if err := l.send(ctx, conn, q, queued, after == 0, sent); err != nil {
				return err
			}
			after = queued.ID
		}
		if len(items) > 0 {
			continue
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-q.Changed():
		}
	}
}

// send sends one item. One that cannot be read, from a version that is newer than this one, will not get better.
func (l *Link) send(ctx context.Context, conn *connection, q Queue, queued QueueItem, first bool, sent chan<- confirmation) error {
	it, err := decodeItem(queued.Data)
	if err != nil {
		l.log.Error("message for link was dropped", "err", err)
		l.lose("invalid", 1, 1)
		q.Remove(queued.ID)
		return nil
	}
	if it.expired(queued.Age) {
		l.lose("outbox_"+DropExpired, it.qos, 1)
		l.remove(q, queued.ID, it.topic)
		return nil
	}
	if first && q == l.outbox.durable && l.doubt.suspects(queued.ID) {
		return l.try(ctx, conn, queued.ID, it)
	}
	wait, err := l.hand(conn, it)
	if err != nil {
		return err
	}
	select {
	case sent <- confirmation{queued.ID, it.topic, wait}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// hand hands a message to the connection, and has its echo expected. Another gateway gets its trail, and sends no echo.
func (l *Link) hand(conn *connection, it item) (waiting, error) {
	topic, comesBack := it.topic, false
	if conn.peer() == "" {
		_, comesBack = match(l.in, it.topic)
	} else {
		topic = bus.Envelop(it.trail, it.topic)
	}
	if comesBack { // before it is sent: the answer may be faster than we are
		l.echoes.expect(it.topic, it.payload)
	}
	if l.plain.Load() {
		it.retain, it.qos = false, min(it.qos, 1)
	}
	wait, err := conn.send(topic, it.payload, it.qos, it.retain)
	if err != nil && comesBack {
		l.echoes.unexpect(it.topic)
	}
	return wait, err
}

// confirm removes items as they are acknowledged, in order. It returns when one is not.
func (l *Link) confirm(ctx context.Context, conn *connection, q Queue, sent <-chan confirmation) error {
	for c := range sent {
		if err := c.wait(ctx); err != nil {
			if q == l.outbox.durable && conn.hungUp.Load() {
				l.doubt.ended(c.id)
			}
			return fmt.Errorf("publish %q: %w", c.topic, err)
		}
		l.remove(q, c.id, c.topic)
		l.sent.Add(1)
	}
	return nil // feed has the reason
}

// remove takes an item out of its queue.
func (l *Link) remove(q Queue, id uint64, topic string) {
	if q == l.outbox.durable {
		l.outbox.finish(id, topic)
		return
	}
	q.Remove(id)
}
