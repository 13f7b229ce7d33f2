package broker

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// willGrace is how long a client whose connection was cut by a crash of the gateway has to come back, before its will is
// published. It did not leave; its sessions's subscribers would hear that it did for a moment.
const willGrace = 5 * time.Second

// restoreBatch is how many messages are read at a time.
const restoreBatch = 1000

var errNoRecord = errors.New("the session's record is missing")

// restore loads what the store has of earlier runs: the clock, and the sessions with their subscriptions and messages. What
// cannot be read costs itself, and is logged.
func (b *Broker) restore() error {
	if b.opts.Sessions == nil {
		return nil
	}
	own, err := b.opts.Sessions.Open(brokerQueue)
	if err != nil {
		return fmt.Errorf("open the broker's own records: %w", err)
	}
	b.disk = &disk{store: b.opts.Sessions, queue: own}
	own.Records(keyClock, func(_ string, data []byte) bool {
		if err := b.clock.resume(data); err != nil {
			b.log.Warn("the broker's clock starts anew", "err", err)
		}
		return true
	})
	names, err := b.opts.Sessions.Names(sessionQueue)
	if err != nil {
		return fmt.Errorf("list sessions: %w", err)
	}
	for _, name := range names {
		if err := b.restoreSession(name); err != nil {
			return err
		}
	}
	return nil
}

func (b *Broker) restoreSession(name string) error {
	id := strings.TrimPrefix(name, sessionQueue)
	queue, err := b.opts.Sessions.Open(name)
	if err != nil {
		return fmt.Errorf("open session %q: %w", id, err)
	}
	l := loading{b: b, s: b.newSession(id, &disk{b.opts.Sessions, queue})}
	remaining, err := l.record()
	if err != nil || remaining <= 0 {
		if err != nil && !errors.Is(err, errNoRecord) {
			b.log.Error("mqtt session left out", "client", id, "err", err)
		}
		return b.opts.Sessions.Delete(name)
	}
	l.subscriptions()
	l.arrivals()
	l.released()
	if err := l.messages(); err != nil {
		return fmt.Errorf("read session %q: %w", id, err)
	}
	b.sessions[id] = l.s
	for _, sub := range l.s.subs {
		b.routes.replace(nil, sub)
	}
	l.s.endAfter(remaining)
	l.wills()
	return nil
}

// loading is a session while it is read. Nobody else knows it yet.
type loading struct {
	b      *Broker
	s      *session
	stored *sessionRecord
}

// record reads who the session is of, and returns how long it is still to be kept.
func (l *loading) record() (remaining time.Duration, err error) {
	err = errNoRecord
	l.each(keySession, func(_ string, data []byte) error {
		l.stored, err = decodeSession(data)
		return nil
	})
	if err != nil {
		return 0, err
	}
	r, s := l.stored, l.s
	s.who.Store(r.identity())
	s.since, s.expiry, s.sent = r.Since, r.Expiry, r.Sent
	s.offline = time.Duration(r.Offline) * time.Millisecond
	if r.Online { // until the crash; when that was nobody knows better than this
		s.offline = l.b.clock.now()
	}
	kept := time.Duration(r.Expiry) * time.Second
	return min(kept, s.offline+kept-l.b.clock.now()), nil
}

// each calls fn with the session's records under a prefix, and logs what it cannot make anything of.
func (l *loading) each(prefix string, fn func(key string, data []byte) error) {
	l.s.disk.queue.Records(prefix, func(key string, data []byte) bool {
		if err := fn(strings.TrimPrefix(key, prefix), data); err != nil {
			l.b.log.Error("part of an mqtt session left out", "client", l.s.id, "record", key, "err", err)
		}
		return true
	})
}

func (l *loading) subscriptions() {
	l.each(keyFilter, func(_ string, data []byte) error {
		var r filterRecord
		if err := json.Unmarshal(data, &r); err != nil {
			return err
		}
		if l.s.judge(r.Filter) != 0 {
			return nil // not allowed any more
		}
		l.s.subs[r.Filter] = r.subscription(l.s)
		return nil
	})
	l.s.subscriptionsChanged()
}

func (l *loading) arrivals() {
	l.each(keyArrived, func(key string, _ []byte) error {
		id, err := strconv.ParseUint(key, 10, 16)
		if err != nil {
			return err
		}
		a := &arrival{before: true, entered: make(chan struct{})}
		close(a.entered)
		l.s.rememberLocked(uint16(id), a)
		return nil
	})
}

// released reads the QoS 2 messages of which only PUBCOMP is missing.
func (l *loading) released() {
	l.each(keyReleased, func(key string, _ []byte) error {
		item, err := strconv.ParseUint(key, 10, 64)
		if err != nil || item == 0 {
			return errors.Join(err, errItem)
		}
		l.s.push(&outgoing{frame: &frame{}, qos: 2, item: item, id: packetID(item), released: true})
		return nil
	})
}

func (l *loading) messages() error {
	maybeSent := 0
	if l.stored.Online {
		maybeSent = int(l.b.opts.MaxInflight)
	}
	for after := uint64(0); ; {
		items, err := l.s.disk.queue.Next(after, restoreBatch)
		if err != nil || len(items) == 0 {
			return err
		}
		for _, item := range items {
			after = item.ID
			o, err := decodeItem(item.Data, l.b.clock)
			if err != nil {
				l.b.log.Error("message of an mqtt session left out", "client", l.s.id, "item", item.ID, "err", err)
				continue
			}
			o.item, o.earlier = item.ID, true
			o.dup = item.ID <= l.stored.Sent || maybeSent > 0
			maybeSent--
			l.s.push(o)
		}
	}
}

// wills has the will of a client published that has not come back in time.
func (l *loading) wills() {
	l.each(keyWill, func(_ string, data []byte) error {
		var r willRecord
		if err := json.Unmarshal(data, &r); err != nil {
			return err
		}
		w := r.will(l.s.id)
		switch {
		case l.stored.Online:
			w.delay = max(w.delay, willGrace)
			l.s.willDue = l.b.clock.now() + w.delay
		case l.stored.WillDue > 0:
			l.s.willDue = time.Duration(l.stored.WillDue) * time.Millisecond
			w.delay = max(l.s.willDue-l.b.clock.now(), 0)
		default:
			return nil
		}
		l.s.will = w
		l.b.wills.later(w, l.b.publishWill)
		return nil
	})
}
