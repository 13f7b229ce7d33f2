package broker

import (
	"sync"

	"github.com/mochi-mqtt/server/v2/packets"

	"gateway/internal/access"
	"gateway/internal/bus"
)

// receive is the bus's receiver: it runs under the topic's lock, so what it hands out is in the topic's order.
func (b *Broker) receive(d *bus.Delivery) {
	m := d.Message
	scratch := b.scratch.Get().(*[]*subscription)
	subs := b.routes.match((*scratch)[:0], m.Topic)
	if len(subs) > 0 || m.Retain {
		p := publicationOf(m, b.propertiesOf(m))
		if m.Retain {
			b.retain(p)
		}
		b.distribute(p, subs)
	}
	clear(subs)
	*scratch = subs[:0]
	b.scratch.Put(scratch)
}

// publisher is one source of MQTT messages: a connection or a will. It is found again by the address of its principal, which
// the bus carries along, so that properties a bus message has no place for still reach MQTT 5 subscribers.
type publisher struct {
	principal *access.Principal
	conn      *conn               // nil for a will
	current   *packets.Properties // of the message being published
}

func (b *Broker) propertiesOf(m *bus.Message) *packets.Properties {
	if m.Origin.Adapter != bus.FromMQTT {
		return nil
	}
	if p, ok := b.publishers.Load(m.Principal); ok {
		return p.(*publisher).current
	}
	return nil
}

// distribute hands p to the subscribers whose filters match. Per client it is one copy, however many of them do.
func (b *Broker) distribute(p *publication, subs []*subscription) {
	for i, s := range subs {
		if s == nil {
			continue
		}
		if s.session.several.Load() {
			b.deliverMerged(p, subs[i:])
			continue
		}
		b.deliver(p, s.session, merged{qos: s.qos, local: !s.noLocal, retain: s.retain, ids: s.identifiers()})
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
func (b *Broker) deliverMerged(p *publication, subs []*subscription) {
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
	b.deliver(p, session, m)
}

func (s *subscription) identifiers() []int {
	if s.id == 0 {
		return nil
	}
	return []int{s.id}
}

func (b *Broker) deliver(p *publication, s *session, m merged) {
	if p.origin == s.id && !m.local || !s.mayRead(p.topic) {
		return
	}
	b.hand(p, s, variant{qos: min(p.qos, m.qos), retain: p.retain && m.retain, ids: m.ids}, false)
}

// hand gives p to a session in the form that its protocol version and subscription ask for.
func (b *Broker) hand(p *publication, s *session, v variant, stored bool) {
	who := s.who.Load()
	v.v5 = who.v5
	if who.gateway && who.v5 {
		v.hops = p.nextHops()
	}
	f := p.frame(v)
	if f == nil || (who.maxSize > 0 && len(f.bytes) > who.maxSize) {
		b.dropped("too_large_for_client", s.id)
		return
	}
	switch s.deliver(outgoing{frame: f, qos: v.qos, expires: p.expires, stored: stored}) {
	case lost:
		b.dropped("slow_client", s.id)
	case overflowed:
		b.dropped("queue_full", s.id)
	case disconnects:
		b.dropped("slow_client_disconnected", s.id)
	}
}

func newScratch() *sync.Pool {
	return &sync.Pool{New: func() any { s := make([]*subscription, 0, 16); return &s }}
}
