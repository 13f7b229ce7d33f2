package broker

import (
	"context"
	"errors"
	"strings"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"

	"gateway/internal/access"
	"gateway/internal/bus"
	"gateway/pkg/mapping"
)

const (
	maxLevels        = 128  // of a filter: each one is a node in two trees
	maxSubscriptions = 1000 // of one session
)

// subscribing is one SUBSCRIBE while it is being answered.
type subscribing struct {
	refused []byte // reason code by filter, 0 for those that mochi shall take
	existed []bool // by filter
}

// OnSubscribe judges the filters. A refused one is emptied, so that mochi refuses it too.
func (h *hook) OnSubscribe(cl *mqtt.Client, pk packets.Packet) packets.Packet {
	c, ok := connOf(cl)
	if !ok {
		return pk
	}
	s := c.session.Load()
	c.subscribe = &subscribing{refused: make([]byte, len(pk.Filters)), existed: make([]bool, len(pk.Filters))}
	filters := append(packets.Subscriptions(nil), pk.Filters...)
	for i := range filters {
		c.subscribe.existed[i] = s.has(filters[i].Filter)
		if code := s.judge(filters[i].Filter); code != 0 {
			h.b.dropped("subscribe_refused", s.id)
			c.subscribe.refused[i] = code
			filters[i].Filter = ""
		}
	}
	pk.Filters = filters
	return pk
}

func (s *session) has(filter string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.subs[filter]
	return ok
}

// judge returns why the session may not subscribe to a filter, 0 if it may. Of a filter that the principal may read in part,
// each message is checked when it is delivered.
func (s *session) judge(filter string) byte {
	match, _ := splitShare(filter)
	s.mu.Lock()
	n := len(s.subs)
	s.mu.Unlock()
	switch {
	case filter == bus.LinkTopic && s.b.bus.Instance() != "":
		return 0
	case mapping.ValidFilter(match) != nil || strings.Count(match, "/") >= maxLevels:
		return packets.ErrTopicFilterInvalid.Code
	case n >= maxSubscriptions && !s.has(filter):
		return packets.ErrQuotaExceeded.Code
	case access.Coverage(s.who.Load().principal, match) == mapping.None:
		return packets.ErrNotAuthorized.Code
	}
	return 0
}

// rewrite puts our reasons into SUBACK.
func (s *subscribing) rewrite(pk *packets.Packet, version byte) {
	if s == nil {
		return
	}
	for i, code := range s.refused {
		if code != 0 && i < len(pk.ReasonCodes) {
			pk.ReasonCodes[i] = code
			if version < 5 {
				pk.ReasonCodes[i] = packets.ErrUnspecifiedError.Code
			}
		}
	}
}

// OnSubscribed takes the subscriptions that mochi took, before it writes SUBACK. The bus stands still meanwhile: what it has
// handed out before is among the retained messages, what it hands out later waits behind them.
func (h *hook) OnSubscribed(cl *mqtt.Client, pk packets.Packet, codes []byte) {
	c, ok := connOf(cl)
	if !ok || c.subscribe == nil {
		return
	}
	s := c.session.Load()
	var subs []*subscription
	r := storedRound{round: round{b: h.b}}
	h.b.bus.Barrier(func(uint64) {
		s.pause()
		for i, f := range pk.Filters {
			if c.subscribe.refused[i] != 0 || codes[i] >= packets.ErrUnspecifiedError.Code {
				continue
			}
			sub := subscriptionOf(s, f)
			subs = append(subs, sub)
			h.b.subscribe(sub)
			if sub.group == "" && (f.RetainHandling == 0 || f.RetainHandling == 1 && !c.subscribe.existed[i]) {
				if c.subscribe.existed[i] {
					s.dropStored(sub.match)
				}
				r.send(sub)
			}
		}
		r.finish()
	})
	if err := errors.Join(s.await(r.waits...), s.keepSubscriptions(subs)); err != nil {
		h.b.log.Error("mqtt subscriptions were not kept", "client", s.id, "err", err)
		for i := range codes {
			c.subscribe.refused[i] = packets.ErrUnspecifiedError.Code
		}
		for _, sub := range subs {
			h.b.unsubscribe(s, sub.filter)
			s.dropStored(sub.match)
		}
	}
}

// keepSubscriptions puts subscriptions on disk, if the session is, and returns once they are there.
func (s *session) keepSubscriptions(subs []*subscription) error {
	if s.disk == nil || len(subs) == 0 {
		return nil
	}
	return s.await(s.disk.change(func(c SessionChange) {
		for _, sub := range subs {
			c.Put(s.disk.queue, filterKey(sub.filter), sub.record())
		}
	}))
}

// await waits for a disk, but not for ever.
func (s *session) await(waits ...commit) error {
	ctx, cancel := context.WithTimeout(s.b.ctx, durableTimeout)
	defer cancel()
	for _, wait := range waits {
		if err := wait(ctx); err != nil {
			return err
		}
	}
	return nil
}

func subscriptionOf(s *session, f packets.Subscription) *subscription {
	match, group := splitShare(f.Filter)
	return &subscription{
		session: s, filter: f.Filter, match: match, group: group,
		qos: f.Qos, noLocal: f.NoLocal, retain: f.RetainAsPublished, id: f.Identifier,
	}
}

func (b *Broker) subscribe(sub *subscription) {
	s := sub.session
	s.mu.Lock()
	old := s.subs[sub.filter]
	s.subs[sub.filter] = sub
	s.subscriptionsChanged()
	s.mu.Unlock()
	b.routes.replace(old, sub)
}

// OnUnsubscribed drops subscriptions.
func (h *hook) OnUnsubscribed(cl *mqtt.Client, pk packets.Packet) {
	c, ok := connOf(cl)
	if !ok {
		return
	}
	s := c.session.Load()
	if s == nil {
		return
	}
	for _, f := range pk.Filters {
		h.b.unsubscribe(s, f.Filter)
	}
	if s.disk == nil {
		return
	}
	err := s.await(s.disk.change(func(c SessionChange) {
		for _, f := range pk.Filters {
			c.Delete(s.disk.queue, filterKey(f.Filter))
		}
	}))
	if err != nil {
		h.b.log.Error("mqtt subscriptions were not deleted", "client", s.id, "err", err)
	}
}

func (b *Broker) unsubscribe(s *session, filter string) {
	s.mu.Lock()
	old := s.subs[filter]
	delete(s.subs, filter)
	s.subscriptionsChanged()
	s.mu.Unlock()
	if old != nil {
		b.routes.remove(old)
	}
}
