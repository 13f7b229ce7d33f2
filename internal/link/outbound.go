package link

import (
	"context"
	"time"

	"gateway/internal/bus"
)

// unacknowledged is how many messages may be on their way to the remote broker at once.
const unacknowledged = 100

// leave is the bus's receiver: what is to go out goes into the outbox. A message never returns to the link it came from.
func (l *Link) leave(d *bus.Delivery) {
	m := d.Message
	if m.Origin.Adapter == bus.FromLink && m.Origin.Conn == l.cfg.Name {
		return
	}
	c, ok := match(l.out, m.Topic)
	if !ok {
		return
	}
	dropped := l.outbox.put(item{
		seq: m.Seq, topic: c.across(m.Topic), payload: m.Payload, qos: c.qos, retain: m.Retain, at: m.At,
	})
	l.lose("outbox_full", dropped)
}

// carryOut sends what is in the outbox, connection after connection.
func (l *Link) carryOut(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-l.online:
		case <-time.After(time.Second): // still connected, but a message was not acknowledged
		}
		lost := l.client.lost()
		if lost == nil {
			continue
		}
		l.announce(ctx)
		l.outbox.rewind()
		l.carry(ctx, lost)
	}
}

// announce says on the status topic that the link is up.
func (l *Link) announce(ctx context.Context) {
	if l.cfg.StatusTopic == "" {
		return
	}
	if err := l.client.Publish(ctx, l.cfg.StatusTopic, []byte("online"), 1, true); err != nil {
		l.log.Debug("link status was not published", "err", err)
	}
}

// confirmation waits for the acknowledgement of one message.
type confirmation struct {
	seq  uint64
	wait func(context.Context) error
}

// carry sends until the connection fails or a message is not acknowledged. Several messages are on their way at once; they are done in order.
func (l *Link) carry(ctx context.Context, lost <-chan struct{}) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		defer cancel()
		select {
		case <-lost:
		case <-ctx.Done():
		}
	}()
	sent := make(chan confirmation, unacknowledged)
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		defer cancel()
		for c := range sent {
			if c.wait(ctx) != nil {
				return
			}
			l.outbox.done(c.seq)
			l.sent.Add(1)
		}
	}()
	l.feed(ctx, sent)
	close(sent)
	cancel()
	<-finished
}

func (l *Link) feed(ctx context.Context, sent chan<- confirmation) {
	for {
		it, expired, err := l.outbox.next(ctx)
		l.lose("outbox_expired", expired)
		if err != nil {
			return
		}
		_, comesBack := match(l.in, it.topic)
		if comesBack { // before it is sent: the answer may be faster than we are
			l.echoes.expect(it.topic, it.payload)
		}
		wait, err := l.client.send(it.topic, it.payload, it.qos, it.retain)
		if err != nil {
			if comesBack {
				l.echoes.unexpect(it.topic)
			}
			return
		}
		select {
		case sent <- confirmation{it.seq, wait}:
		case <-ctx.Done():
			return
		}
	}
}
