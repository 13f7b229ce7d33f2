package store

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// A Retained is the broker's retained message of a topic.
type Retained struct {
	Topic   string
	Payload []byte // shared, never written to
	QoS     byte
	At      time.Time // when it was published; expiry counts from here
	Expiry  uint32    // MQTT 5 message expiry interval in seconds, 0 for none
	Props   []byte    // other MQTT 5 properties, in the broker's own encoding
}

// PutRetained makes r the retained message of its topic. Like a last value it is
// on disk at the next flush, not when the call returns: one sync per message
// would wear out an SD card. The error is ErrInvalid or ErrFull; the topic then
// keeps what it had.
func (s *Store) PutRetained(r Retained) error {
	if !validKey(r.Topic) {
		return fmt.Errorf("retained topic of %d bytes: %w", len(r.Topic), ErrInvalid)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t := &s.retained
	next := item{
		topic: r.Topic, kind: kindRetained, payload: r.Payload, extra: string(r.Props),
		at: nanos(r.At), expiry: r.Expiry, qos: r.QoS, retain: true,
	}
	it := t.items[r.Topic]
	if err := s.roomForRetained(it, &next); err != nil {
		return err
	}
	if it == nil {
		it = &item{topic: r.Topic, kind: kindRetained, gone: true}
		t.items[r.Topic] = it
	}
	t.detachSize(it)
	it.payload, it.extra, it.at = next.payload, next.extra, next.at
	it.expiry, it.qos, it.retain = next.expiry, next.qos, true
	s.revive(it)
	s.changed(it)
	return nil
}

// roomForRetained refuses next when putting it in old's place (nil or gone: a
// new topic) would exceed a bound.
func (s *Store) roomForRetained(old, next *item) error {
	topics, bytes := s.retained.live+1, s.retained.bytes+next.size()
	if old != nil && !old.gone {
		topics, bytes = topics-1, bytes-old.size()
	}
	if topics > s.opt.MaxTopics || bytes > s.opt.MaxBytes {
		s.refused++
		return fmt.Errorf("retained topic %q: %w", next.topic, ErrFull)
	}
	return nil
}

// DeleteRetained forgets the retained message of topic; none is no error.
func (s *Store) DeleteRetained(topic string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if it := s.retained.items[topic]; it != nil && !it.gone {
		s.bury(it)
	}
	return nil
}

// EachRetained calls fn for every retained message, in the order of topics, until
// fn returns an error, which it returns. fn runs without locks and may call the
// store.
func (s *Store) EachRetained(fn func(Retained) error) error {
	for _, r := range s.allRetained() {
		if err := fn(r); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) allRetained() []Retained {
	s.mu.Lock()
	all := make([]Retained, 0, s.retained.live)
	for _, it := range s.retained.items {
		if !it.gone {
			all = append(all, Retained{
				Topic: it.topic, Payload: it.payload, QoS: it.qos,
				At: fromNanos(it.at), Expiry: it.expiry, Props: []byte(it.extra),
			})
		}
	}
	s.mu.Unlock()
	slices.SortFunc(all, func(a, b Retained) int { return cmp.Compare(a.Topic, b.Topic) })
	return all
}
