package link

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"gateway/internal/bus"
	"gateway/internal/fault"
	"gateway/pkg/mapping"
)

const (
	unacknowledged = 100 // how many messages of a queue may be on their way to the remote broker at once
	batch          = 100 // items read from a queue at once
)

// waiting waits for a disk.
type waiting = func(context.Context) error

// leave is the bus's receiver: what is to go out goes into the outbox. A message never returns to the link it came from. The
// publisher of a QoS 1 or 2 message is answered once the outbox has it on disk.
func (l *Link) leave(d *bus.Delivery) {
	m := d.Message
	if m.Origin.Adapter == bus.FromLink && m.Origin.Conn == l.cfg.Name {
		return
	}
	c, ok := match(l.out, m.Topic)
	if !ok && !l.mayEnter(m.Topic) {
		return
	}
	peer, found := l.rings.fromBus(m)
	if found {
		l.warnOfRing(m.Origin.Conn)
	}
	if !ok || peer {
		return
	}
	it := item{topic: c.across(m.Topic), payload: m.Payload, qos: c.qos, retain: m.Retain, expiry: m.Expiry, trail: l.trailOf(m)}
	if mapping.ValidTopic(it.topic) != nil { // too long with its prefix, or nothing is left of it
		l.lose(string(fault.Invalid), c.qos, 1)
		return
	}
	wait, err := l.outbox.put(it)
	if err != nil {
		wait = l.unkept(err, c.qos)
	} else {
		wait = l.counting(wait)
		l.heard(d, c.qos)
	}
	if wait != nil && m.QoS > 0 && c.qos > 0 {
		d.Durable(wait)
	}
}

// heard tells the sender of a request whether the remote broker can have it at once.
func (l *Link) heard(d *bus.Delivery, qos byte) {
	switch {
	case d.Message.ResponseTopic == "":
	case l.client.connection() != nil:
		d.Heard()
	case qos > 0:
		d.Waits(fmt.Sprintf("link %q", l.cfg.Name))
	}
}

// trailOf is the trail of a message on its way out, which nobody reads but another gateway.
func (l *Link) trailOf(m *bus.Message) string {
	if l.foreign.Load() {
		return ""
	}
	return l.bus.TrailOf(m)
}

// unkept counts a message that the outbox did not take, and returns what its publisher is told; nil for nothing, where the
// configuration says that it may be dropped.
func (l *Link) unkept(err error, qos byte) waiting {
	if !errors.Is(err, ErrFull) {
		l.lose("unavailable", qos, 1)
		return func(context.Context) error {
			return fault.New(fault.Unavailable, "the outbox of link %q: %w", l.cfg.Name, err)
		}
	}
	l.lose("outbox_full", qos, 1)
	if l.cfg.Outbox.Full != FullRefuse {
		return nil
	}
	return func(context.Context) error {
		return fault.New(fault.Unavailable, "the outbox of link %q is full", l.cfg.Name)
	}
}

// counting is wait, and counts a message that the disk did not take.
func (l *Link) counting(wait waiting) waiting {
	return func(ctx context.Context) error {
		err := wait(ctx)
		if err != nil && ctx.Err() == nil {
			l.lose("unavailable", 1, 1)
		}
		return err
	}
}

// carryOut sends what is in the outbox, connection after connection.
func (l *Link) carryOut(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-l.online:
		}
		conn := l.client.connection()
		if conn == nil {
			continue
		}
		l.announce(ctx, conn)
		l.carry(ctx, conn)
	}
}

// announce says on the status topic that the link is up.
func (l *Link) announce(ctx context.Context, conn *connection) {
	if l.cfg.StatusTopic == "" {
		return
	}
	if err := l.client.Publish(ctx, l.cfg.StatusTopic, []byte("online"), 1, !conn.plainWill && !l.plain.Load()); err != nil {
		l.log.Debug("link status was not published", "err", err)
	}
}

// carry sends until the connection ends. A message that is not acknowledged ends it, so that everything from that message on
// is sent again, in order.
func (l *Link) carry(ctx context.Context, conn *connection) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stop := context.AfterFunc(ctx, func() {
		if err := context.Cause(ctx); !errors.Is(err, context.Canceled) {
			conn.end(err)
		}
	})
	defer stop()
	go func() {
		select {
		case <-conn.lost:
			cancel(ErrOffline)
		case <-ctx.Done():
		}
	}()
	var group sync.WaitGroup
	for _, q := range []Queue{l.outbox.durable, l.outbox.volatile} {
		ch := make(chan confirmation, unacknowledged)
		group.Go(func() { cancel(l.feed(ctx, conn, q, ch)) })
		group.Go(func() {
			if err := l.confirm(ctx, conn, q, ch); err != nil {
				cancel(err)
			}
		})
	}
	group.Wait()
}
