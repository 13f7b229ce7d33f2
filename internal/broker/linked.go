package broker

import (
	"gateway/internal/bus"
)

// greet answers a link of another gateway that asks who we are.
func (b *Broker) greet(sub *subscription) {
	if sub.filter != bus.LinkTopic {
		return
	}
	r := round{b: b, p: &publication{topic: bus.LinkTopic, payload: []byte(b.bus.Instance()), retain: true}}
	r.hand(sub.session, variant{retain: true}, true)
}

// subscriptionsChanged notes what follows from the session's subscriptions. A link of another gateway is known by one of them,
// which lasts as long as the session and is on disk with it.
func (s *session) subscriptionsChanged() {
	s.several.Store(len(s.subs) > 1)
	_, linked := s.subs[bus.LinkTopic]
	s.linked.Store(linked)
}

// unfold takes a message of another gateway's link out of its envelope. Anybody else's stays in it, and is refused.
func (s *session) unfold(m *bus.Message) {
	if !s.linked.Load() {
		return
	}
	if trail, hops, topic, ok := bus.Unfold(m.Topic); ok {
		m.Trail, m.Hops, m.Topic = trail, hops, topic
	}
}

// trailOf is the trail of a publication for another gateway, "" for our own topics, which do not travel. A retained message of an
// earlier run has lost its number, and gets one that it has after each start.
func (b *Broker) trailOf(p *publication) string {
	if p.topic[0] == '$' {
		return ""
	}
	m := bus.Message{Seq: p.seq, Trail: p.trail, Hops: p.hops}
	if m.Seq == 0 {
		m.Seq = uint64(max(p.at.UnixMicro(), 1))
	}
	return b.bus.TrailOf(&m)
}

// plainTopic is the topic of a packet without the envelope.
func plainTopic(topic string) string {
	_, _, topic, _ = bus.Unfold(topic)
	return topic
}
