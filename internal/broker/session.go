package broker

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"gateway/internal/access"
)

// session is what the broker holds for one client id: its subscriptions, and the messages that it has not acknowledged, in
// order. It outlives its connection when the client asked for that; then it is on disk too.
type session struct {
	id     string
	b      *Broker
	disk   *disk // nil for a session that was to end with its connection
	limits limits

	who     atomic.Pointer[identity] // of the newest connection; never nil
	several atomic.Bool              // more than one subscription, so that two may match
	linked  atomic.Bool              // the link of another gateway: it has subscribed to bus.LinkTopic

	mu       sync.Mutex
	ended    bool  // forgotten: nothing is for it any more
	owner    *conn // the newest connection that was given the session, before CONNACK
	conn     *conn // nil while offline
	window   int   // messages the client lets us leave unacknowledged
	paused   bool  // nothing is sent until SUBACK is
	since    time.Time
	expiry   uint32                   // seconds it is kept while offline; 0 when it ends with its connection
	offline  age                      // when it lost its connection
	timer    *time.Timer              // ends it; nil while it has an owner
	will     *will                    // on disk, as long as it may have to be published
	willDue  age                      // when the will of the last connection is to be published; 0 for not
	subs     map[string]*subscription // by filter as subscribed
	waiting  []*outgoing              // not sent on this connection; those with an id were sent on an earlier one
	queued   int                      // messages in waiting that count against the limits
	bytes    int                      // and their payload
	inflight []*outgoing              // sent, not acknowledged, in the order of sending
	unsure   []*outgoing              // those of waiting that wait for the disk, in order
	watched  bool                     // a goroutine waits for them
	sent     uint64                   // the highest item that was ever sent
	nextID   uint16                   // the last packet identifier given out
	arrived  map[uint16]*arrival      // QoS 2 messages taken from the client, until it releases them
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
	taken       verdict = iota // sent, or queued for a client that is connected
	waits                      // queued for one that is not
	skipped                    // not for it: QoS 0 and offline
	lost                       // QoS 0 that a slow client had no room for
	overflowed                 // no room in the queue of an offline client
	disconnects                // the same, online: the connection was ended, the session kept
)

// terms are what a connection brings to its session.
type terms struct {
	who    *identity
	window int    // QoS 1 and 2 messages it lets us leave unacknowledged
	expiry uint32 // seconds the session is to be kept after it
	will   *will  // nil for none

	aliases int // MQTT 5 topic aliases that it takes
}

// attach makes c the session's connection and sends again what an earlier connection left unacknowledged, then the rest.
func (s *session) attach(c *conn, t terms) {
	c.mu.Lock()
	c.drained, c.told = s.pump, topicAliases{limit: t.aliases, largest: t.who.maxSize}
	c.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended || s.owner != c {
		return // another connection has taken its place already
	}
	before := s.who.Swap(t.who)
	s.dropAtMostOnce()
	s.conn, s.window, s.since, s.paused = c, s.clamp(t.window), time.Now(), false
	s.expiry, s.will, s.willDue = t.expiry, t.will, 0
	s.saveLocked()
	for _, o := range s.inflight {
		o.dup = true
		s.weigh(o, 1)
	}
	s.waiting = append(s.inflight, s.waiting...)
	s.inflight = nil
	if !slices.Equal(before.principal.Read, t.who.principal.Read) {
		s.dropForbidden()
	}
	for _, o := range s.waiting {
		if !o.released {
			o.frame = o.frame.convert(t.who.v5)
		}
	}
	s.pumpLocked()
}

// clamp keeps the window below the number of packet identifiers that a kind of message has.
func (s *session) clamp(window int) int {
	if s.disk == nil {
		return window
	}
	return min(window, diskIDs)
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

// dropForbidden removes messages that were queued for somebody who might read more.
func (s *session) dropForbidden() {
	s.waiting = slices.DeleteFunc(s.waiting, func(o *outgoing) bool {
		if o.released || s.mayRead(o.frame.topic()) {
			return false
		}
		s.weigh(o, -1)
		s.done(o)
		s.b.dropped("denied", s.id)
		return true
	})
}

// detach lets go of c, unless another connection has taken its place, and reports whether it did. The session is kept for
// another expiry seconds. willDue is when the will has to go out, 0 when it has or was taken back.
func (s *session) detach(c *conn, expiry uint32, willDue age) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.owner != c {
		return false
	}
	s.owner, s.conn = nil, nil
	s.expiry, s.offline, s.willDue = expiry, s.b.clock.now(), willDue
	if willDue == 0 {
		s.will = nil
	}
	if expiry > 0 && !s.ended {
		s.saveLocked()
		s.endAfter(time.Duration(expiry) * time.Second)
	}
	return true
}

// endAfter has the session end when it has been offline for so long. Time is the broker's own: setting the clock of the
// machine neither ends a session nor keeps it.
func (s *session) endAfter(d time.Duration) {
	s.timer = time.AfterFunc(d, func() { s.b.expire(s) })
}

// give hands the session to a new connection, which keeps it from ending. The connection before has been told to go by
// mochi, unless it was just then forgetting that client.
func (s *session) give(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.owner != nil {
		_ = s.owner.Close()
	}
	s.owner = c
	if s.timer != nil {
		s.timer.Stop()
		s.timer = nil
	}
}

// lasts reports whether the session goes on after its connection, and has not ended.
func (s *session) lasts() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.expiry > 0 && !s.ended
}

// mayRead reports whether the client may receive messages of a topic.
func (s *session) mayRead(topic string) bool {
	who := s.who.Load()
	if who.readsAll && topic[0] != '$' {
		return true
	}
	return access.Check(who.principal, access.Read, topic)
}

func (s *session) hasEnded() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ended
}

func (s *session) online() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.conn != nil
}
