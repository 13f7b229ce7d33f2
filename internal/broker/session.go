package broker

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"

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

// deliver sends o, or queues it behind what waits already. It never blocks. Retained messages sent on SUBSCRIBE may be more
// than the queue's limit, and none may be lost: they have a limit of their own.
func (s *session) deliver(o outgoing) verdict {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.conn == nil && o.qos == 0:
		return skipped
	case s.conn != nil && !s.paused && len(s.waiting) == 0 && s.sendNow(o):
		return taken
	case o.stored && len(s.waiting)-s.queued < s.limits.stored,
		!o.stored && s.queued < s.limits.messages && s.bytes+o.frame.payload <= s.limits.bytes:
		if o.qos == 0 && !o.stored && !s.paused && len(s.waiting) == 0 {
			return s.lost()
		}
		queued := o
		s.push(&queued)
		return taken
	case o.qos == 0:
		return s.lost()
	case s.conn != nil:
		s.conn.abort()
		return disconnects
	}
	return overflowed
}

// push puts o at the end of the queue.
func (s *session) push(o *outgoing) {
	s.waiting = append(s.waiting, o)
	s.weigh(o, 1)
}

// weigh adds o to what counts against the limits, or with -1 takes it off.
func (s *session) weigh(o *outgoing, sign int) {
	if !o.stored {
		s.queued += sign
		s.bytes += sign * o.frame.payload
	}
}

// lost is what becomes of a QoS 0 message that found no room: no word about it if the connection is gone anyway.
func (s *session) lost() verdict {
	if s.conn.ended() {
		return skipped
	}
	return lost
}

// sendNow sends o if connection and window let it.
func (s *session) sendNow(o outgoing) bool {
	if o.qos == 0 {
		if !s.conn.send(&o, time.Now()) {
			return false
		}
		s.count.out.Add(1)
		return true
	}
	if !s.ready() || !s.conn.room() {
		return false
	}
	kept := o
	return s.transmit(&kept, time.Now())
}

// ready reports whether the client may be sent another QoS 1 or 2 message.
func (s *session) ready() bool { return len(s.inflight) < s.window }

// transmit sends o, remembers it until it is acknowledged, and reports whether the connection took it.
func (s *session) transmit(o *outgoing, now time.Time) bool {
	if o.released {
		s.conn.ack(packets.Pubrel, o.id, s.who.Load().v5, 0)
		s.inflight = append(s.inflight, o)
		return true
	}
	if o.qos > 0 && o.id == 0 {
		o.id = s.freeID()
	}
	if !s.conn.send(o, now) {
		return false
	}
	s.count.out.Add(1)
	if o.qos > 0 {
		s.inflight = append(s.inflight, o)
	}
	return true
}

// freeID returns the next packet identifier that is not in use. There always is one: the window is smaller than their number.
func (s *session) freeID() uint16 {
	for {
		s.nextID++
		if s.nextID != 0 && s.find(s.nextID) < 0 {
			return s.nextID
		}
	}
}

func (s *session) find(id uint16) int {
	return slices.IndexFunc(s.inflight, func(o *outgoing) bool { return o.id == id })
}

// pump sends what waits, as far as window and connection let it.
func (s *session) pump() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pumpLocked()
}

func (s *session) pumpLocked() {
	now := time.Now()
	for len(s.waiting) > 0 && s.conn != nil && !s.paused {
		o := s.waiting[0]
		if !o.expired(now) || o.released {
			if o.qos > 0 && !s.ready() || !s.conn.room() || !s.transmit(o, now) {
				return
			}
		}
		s.weigh(o, -1)
		s.waiting[0] = nil
		s.waiting = s.waiting[1:]
	}
	if len(s.waiting) == 0 {
		s.waiting = nil
	}
}

// pause has everything wait until resume, so that it follows an answer that mochi is about to write.
func (s *session) pause() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.paused = true
}

func (s *session) resume() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.paused = false
	s.pumpLocked()
}

// acknowledged is PUBACK and PUBCOMP: the message is done.
func (s *session) acknowledged(id uint16) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.find(id)
	switch {
	case i < 0:
		return
	case i == 0:
		s.inflight[0] = nil
		s.inflight = s.inflight[1:]
	default:
		s.inflight = slices.Delete(s.inflight, i, i+1)
	}
	s.pumpLocked()
}

// releases is PUBREC: the client has the QoS 2 message, and is told to let go of its identifier. It reports whether the
// identifier is known.
func (s *session) releases(id uint16) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.find(id)
	if i >= 0 {
		s.inflight[i].released = true
	}
	return i >= 0
}

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
