package broker

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"gateway/internal/access"
)

// session is what the broker holds for one client id: its subscriptions, and the messages that it has not acknowledged, in
// order. It outlives its connection when the client asked for that.
type session struct {
	id     string
	limits limits
	count  *counters

	who     atomic.Pointer[identity] // of the newest connection; never nil
	several atomic.Bool              // more than one subscription, so that two may match

	mu       sync.Mutex
	conn     *conn // nil while offline
	window   int   // messages the client lets us leave unacknowledged
	paused   bool  // nothing is sent until SUBACK is
	since    time.Time
	subs     map[string]*subscription // by filter as subscribed
	waiting  []*outgoing              // not sent on this connection; those with an id were sent on an earlier one
	queued   int                      // messages in waiting that count against the limits
	bytes    int                      // and their payload
	inflight []*outgoing              // sent, not acknowledged, in the order of sending
	nextID   uint16                   // the last packet identifier given out
	arrived  map[uint16]struct{}      // QoS 2 messages taken from the client, until it releases them
}

// identity is who is behind a session, and what its connection understands.
type identity struct {
	principal *access.Principal
	readsAll  bool // may read every topic without $
	version   byte // MQTT protocol level: 3, 4 or 5
	v5        bool
	gateway   bool // announced itself as another gateway
	maxSize   int  // largest packet it takes; 0 for any
}

// limits bound what waits for one client.
type limits struct {
	messages, bytes int // of what was queued
	stored          int // retained messages that may wait besides
}

// verdict says what became of a message for a session.
type verdict uint8

const (
	taken       verdict = iota // sent or queued
	skipped                    // not for it: QoS 0 and offline
	lost                       // QoS 0 that a slow client had no room for
	overflowed                 // no room in the queue of an offline client
	disconnects                // the same, online: the connection was ended, the session kept
)

// attach makes c the session's connection and sends again what an earlier connection left unacknowledged, then the rest.
func (s *session) attach(c *conn, who *identity, window int) {
	c.mu.Lock()
	c.drained = s.pump
	c.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.who.Swap(who)
	s.dropAtMostOnce()
	s.conn, s.window, s.since, s.paused = c, window, time.Now(), false
	for _, o := range s.inflight {
		o.dup = true
		s.weigh(o, 1)
	}
	s.waiting = append(s.inflight, s.waiting...)
	s.inflight = nil
	if before.v5 != who.v5 {
		for _, o := range s.waiting {
			o.frame = o.frame.convert(before.v5, who.v5)
		}
	}
	s.pumpLocked()
}

// dropAtMostOnce removes the QoS 0 messages that an earlier connection left behind.
func (s *session) dropAtMostOnce() {
	s.waiting = slices.DeleteFunc(s.waiting, func(o *outgoing) bool {
		if o.qos == 0 {
			s.weigh(o, -1)
		}
		return o.qos == 0
	})
}

// detach lets go of c, unless another connection has taken its place, and reports whether it did.
func (s *session) detach(c *conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn != nil && s.conn != c {
		return false
	}
	s.conn = nil
	return true
}

// take remembers a QoS 2 packet identifier of the client's. It reports whether it is new, and whether there was room.
func (s *session) take(id uint16, limit int) (isNew, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, dup := s.arrived[id]; dup {
		return false, true
	}
	if len(s.arrived) >= limit {
		return false, false
	}
	if s.arrived == nil {
		s.arrived = make(map[uint16]struct{})
	}
	s.arrived[id] = struct{}{}
	return true, true
}

// untake forgets a QoS 2 packet identifier and reports whether it was known.
func (s *session) untake(id uint16) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, known := s.arrived[id]
	delete(s.arrived, id)
	return known
}

// mayRead reports whether the client may receive messages of a topic.
func (s *session) mayRead(topic string) bool {
	who := s.who.Load()
	if who.readsAll && topic[0] != '$' {
		return true
	}
	return access.Check(who.principal, access.Read, topic)
}

func (s *session) online() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.conn != nil
}
