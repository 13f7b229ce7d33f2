package broker

import (
	"slices"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
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
		s.conn = nil // offline from now on, whenever its reader finds out
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
