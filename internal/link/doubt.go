package link

import (
	"context"
	"time"
)

const (
	doubtAfter = 3 // connections that ended at the same message, before it is tried alone
	blameAfter = 3 // such trials, before it is sent in a way that every broker takes
	giveUp     = 6 // such trials, before it is dropped
)

// doubt finds messages that a broker answers by closing the connection: MQTT 3.1.1 has no other way to refuse one. Without it
// such a message, first in the queue for ever, would end the link.
type doubt struct {
	id     uint64 // the first message of the queue when the connection ended
	ends   int    // connections that ended at it
	trials int    // of these, those over which it was sent alone, and that had been quiet before
}

// suspects reports whether an item is to be sent alone.
func (d *doubt) suspects(id uint64) bool { return d.id == id && d.ends >= doubtAfter }

// ended notes that a connection ended with id as the first message that was sent and not acknowledged.
func (d *doubt) ended(id uint64) {
	if d.id != id {
		*d = doubt{id: id}
	}
	if d.suspects(id) {
		d.trials++
	}
	d.ends++
}

// try sends an item alone, and waits for the answer.
func (l *Link) try(ctx context.Context, conn *connection, id uint64, it item) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(l.client.timing.quiet): // a connection that ends by itself says nothing of the message
	}
	delicate := it.qos > 1 || it.retain
	if l.doubt.trials >= giveUp {
		l.log.Error("message was dropped: the broker closes the connection at it", "topic", it.topic, "bytes", len(it.payload))
		l.lose("refused", it.qos, 1)
		l.outbox.finish(id, it.topic)
		return nil
	}
	if l.doubt.trials >= blameAfter {
		it.retain, it.qos = false, min(it.qos, 1)
	}
	wait, err := l.hand(conn, it)
	if err == nil {
		err = wait(ctx)
	}
	if err != nil {
		if conn.hungUp.Load() {
			l.doubt.ended(id)
		}
		return err
	}
	if delicate && l.doubt.trials >= blameAfter {
		l.plain.Store(true)
		l.log.Warn("the broker closes the connection at retained messages or QoS 2: they are sent without")
	}
	l.outbox.finish(id, it.topic)
	l.sent.Add(1)
	return nil
}
