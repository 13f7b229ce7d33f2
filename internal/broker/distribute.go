package broker

import (
	"context"
	"slices"
	"sync"

	"gateway/internal/access"
	"gateway/internal/bus"
)

// receive is the bus's receiver: it runs under the topic's lock, so what it hands out is in the topic's order.
func (b *Broker) receive(d *bus.Delivery) {
	m := d.Message
	scratch := b.scratch.Get().(*[]*subscription)
	subs := b.routes.match((*scratch)[:0], m.Topic)
	from := b.exactlyOnceFrom(m)
	if len(subs) > 0 || m.Retain || from != nil {
		r := round{b: b, p: b.publicationOf(m), d: d}
		if m.Retain {
			b.retain(r.p)
		}
		switch {
		case from == nil:
		case from.tookBefore(m.PacketID):
			r.again = true
		default:
			r.from, r.packetID = from, m.PacketID
		}
		r.distribute(subs)
		if wait := r.finish(); wait != nil {
			d.Durable(wait)
		}
	}
	clear(subs)
	*scratch = subs[:0]
	b.scratch.Put(scratch)
}

// exactlyOnceFrom returns the persistent session that a QoS 2 message came from, nil for all others. Its packet identifier
// becomes durable together with the message: with one but not the other a crash would lose the message, or double it.
func (b *Broker) exactlyOnceFrom(m *bus.Message) *session {
	if m.PacketID == 0 || m.Origin.Adapter != bus.FromMQTT {
		return nil
	}
	if s := b.session(m.Origin.Conn); s != nil && s.disk != nil {
		return s
	}
	return nil
}

// publisher is a connection as a source of messages.
type publisher struct {
	principal *access.Principal
	conn      *conn
}

// round hands one publication to the sessions that get it. What has to be on disk is gathered into one change, before any
// of it is handed over: only then does a message know its place in its session's queue.
type round struct {
	b        *Broker
	p        *publication
	d        *bus.Delivery // nil for a retained message sent on SUBSCRIBE
	from     *session      // whose packetID has to be kept; nil for none
	packetID uint16
	again    bool // sessions on disk have had it from an earlier run
	kept     []kept
}

// kept is a message that goes to disk.
type kept struct {
	session *session
	message outgoing
	data    []byte
}

// distribute hands the publication to the subscribers whose filters match. Per client it is one copy, however many of them do.
func (r *round) distribute(subs []*subscription) {
	for i, s := range subs {
		if s == nil {
			continue
		}
		if s.session.several.Load() {
			r.deliverMerged(subs[i:])
			continue
		}
		r.deliver(s.session, merged{qos: s.qos, local: !s.noLocal, retain: s.retain, ids: s.identifiers()})
	}
}

// merged is what the overlapping subscriptions of one client amount to.
type merged struct {
	qos    byte
	local  bool // gets what the client itself published
	retain bool
	ids    []int
}

// deliverMerged delivers once for all subscriptions of the session that comes first, and takes them out of the list.
func (r *round) deliverMerged(subs []*subscription) {
	session := subs[0].session
	var m merged
	for i, s := range subs {
		if s == nil || s.session != session {
			continue
		}
		m.qos = max(m.qos, s.qos)
		m.local = m.local || !s.noLocal
		m.retain = m.retain || s.retain
		m.ids = append(m.ids, s.identifiers()...)
		subs[i] = nil
	}
	r.deliver(session, m)
}

func (s *subscription) identifiers() []int {
	if s.id == 0 {
		return nil
	}
	return []int{s.id}
}

func (r *round) deliver(s *session, m merged) {
	if r.p.origin == s.id && (!m.local || s.linked.Load()) || !s.mayRead(r.p.topic) {
		return
	}
	r.hand(s, variant{qos: min(r.p.qos, m.qos), retain: r.p.retain && m.retain, ids: m.ids}, false)
}

// hand gives the publication to a session in the form that its protocol version and subscription ask for.
func (r *round) hand(s *session, v variant, stored bool) {
	who := s.who.Load()
	v.v5 = who.v5
	if who.gateway && who.v5 {
		v.hops = r.p.nextHops()
	}
	if s.linked.Load() {
		v.trail = r.b.trailOf(r.p)
	}
	f := r.p.frame(v)
	if f == nil || (who.maxSize > 0 && len(f.bytes) > who.maxSize) {
		r.b.dropped("too_large_for_client", s.id)
		return
	}
	o := outgoing{frame: f, qos: v.qos, expires: r.p.expires, stored: stored, earlier: r.p.earlier}
	onDisk := s.disk != nil && v.qos > 0
	if onDisk && r.again {
		return
	}
	if !onDisk {
		r.judge(s, s.deliver(o))
		return
	}
	if verdict := s.admits(&o); verdict != taken {
		r.judge(s, verdict)
		return
	}
	r.kept = append(r.kept, kept{s, o, encodeItem(&o, r.b.clock)})
}

// commit has everything kept, and returns how to wait for it and the items' IDs.
func (r *round) commit() (commit, []uint64) {
	for {
		c := r.b.opts.Sessions.Change()
		for _, k := range r.kept {
			c.Append(k.session.disk.queue, k.data)
		}
		if r.from != nil {
			r.from.disk.arrived(c, r.packetID)
		}
		if r.b.clock.due(clockWithData) {
			r.b.addClock(c)
		}
		wait, err := c.Commit()
		if err == nil {
			return wait, c.IDs()
		}
		if !r.forgetEnded() {
			return func(context.Context) error { return err }, make([]uint64, len(r.kept))
		}
	}
}

// forgetEnded leaves out the sessions that have ended since they were asked, and reports whether there are any: the disk
// refuses a change as a whole.
func (r *round) forgetEnded() bool {
	n := len(r.kept)
	r.kept = slices.DeleteFunc(r.kept, func(k kept) bool { return k.session.hasEnded() })
	changed := len(r.kept) < n
	if r.from != nil && r.from.hasEnded() {
		r.from, changed = nil, true
	}
	return changed
}

// finish hands over what goes to disk, and returns what a publisher has to wait for; nil for nothing.
func (r *round) finish() commit {
	if len(r.kept) == 0 && r.from == nil {
		return nil
	}
	wait, ids := r.commit()
	for i, k := range r.kept {
		o := k.message
		o.item = ids[i]
		if o.qos == 2 || o.stored { // a subscription that the disk does not take brings nothing
			o.wait = wait
		}
		verdict := k.session.deliver(o)
		if verdict > skipped && o.item > 0 {
			k.session.disk.remove(&o)
		}
		r.judge(k.session, verdict)
	}
	return wait
}

// judge tells the bus who got the message, and counts what was not delivered.
func (r *round) judge(s *session, v verdict) {
	if v >= lost && r.d != nil {
		r.d.Lost()
	}
	switch v {
	case taken:
		if r.d != nil {
			r.d.Heard()
		}
	case waits:
		if r.d != nil {
			r.d.Waits(s.id)
		}
	case lost:
		r.b.dropped("slow_client", s.id)
	case overflowed:
		r.b.dropped("queue_full", s.id)
	case disconnects:
		r.b.dropped("slow_client_disconnected", s.id)
	}
}

func newScratch() *sync.Pool {
	return &sync.Pool{New: func() any { s := make([]*subscription, 0, 16); return &s }}
}
