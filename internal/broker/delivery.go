package broker

import (
	"slices"

	"github.com/mochi-mqtt/server/v2/packets"
)

// deliver sends o, or queues it behind what waits already. It never blocks.
func (s *session) deliver(o outgoing) verdict {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.ended, s.conn == nil && o.qos == 0:
		return skipped
	case s.conn != nil && !s.paused && len(s.waiting) == 0 && s.sendNow(o):
		return taken
	case s.fits(&o):
		if o.qos == 0 && !o.stored && !s.paused && len(s.waiting) == 0 {
			return s.lost()
		}
		queued := o
		s.push(&queued)
		if s.conn == nil {
			return waits
		}
		return taken
	case o.qos == 0:
		return s.lost()
	}
	return s.overflow()
}

// admits says whether a QoS 1 or 2 message would be taken, before it is put on disk.
func (s *session) admits(o *outgoing) verdict {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.ended:
		return skipped
	case s.fits(o), s.conn != nil && !s.paused && len(s.waiting) == 0 && s.ready():
		return taken
	}
	return s.overflow()
}

// fits reports whether the queue has room. Retained messages sent on SUBSCRIBE may be more than the queue's limit, and none
// may be lost: they have a limit of their own.
func (s *session) fits(o *outgoing) bool {
	if o.stored {
		return len(s.waiting)-s.queued < s.limits.stored
	}
	return s.queued < s.limits.messages && s.bytes+o.frame.payload <= s.limits.bytes
}

// overflow is what becomes of a session without room for a message that may not be lost.
func (s *session) overflow() verdict {
	if s.conn == nil {
		return overflowed
	}
	s.conn.abort()
	s.conn = nil // offline from now on, whenever its reader finds out
	return disconnects
}

// push puts o at the end of the queue.
func (s *session) push(o *outgoing) {
	s.waiting = append(s.waiting, o)
	s.weigh(o, 1)
	if o.wait != nil {
		s.watch(o)
	}
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

// sendNow sends o if disk, connection and window let it.
func (s *session) sendNow(o outgoing) bool {
	if o.qos == 0 {
		if !s.conn.send(&o, s.b.clock.now()) {
			return false
		}
		s.b.count.out.Add(1)
		return true
	}
	if o.wait != nil || !s.ready() || !s.conn.room() {
		return false
	}
	kept := o
	return s.transmit(&kept, s.b.clock.now())
}

// ready reports whether the client may be sent another QoS 1 or 2 message.
func (s *session) ready() bool { return len(s.inflight) < s.window }

// transmit sends o, remembers it until it is acknowledged, and reports whether the connection took it.
func (s *session) transmit(o *outgoing, now age) bool {
	if o.released {
		s.conn.ack(packets.Pubrel, o.id, s.who.Load().v5, 0)
		s.inflight = append(s.inflight, o)
		return true
	}
	if o.qos > 0 && !s.identify(o) || !s.conn.send(o, now) {
		return false
	}
	s.b.count.out.Add(1)
	s.sent = max(s.sent, o.item)
	if o.qos > 0 {
		s.inflight = append(s.inflight, o)
	}
	return true
}

// identify gives o its packet identifier. It reports false when that of a message on disk is still in use, by a message
// that the client has left unacknowledged for very long: what comes after has to wait.
func (s *session) identify(o *outgoing) bool {
	switch {
	case o.item > 0:
		o.id = packetID(o.item)
		return s.find(o.id) < 0
	case o.id == 0:
		o.id = s.freeID()
	}
	return true
}

// freeID returns the next packet identifier that is not in use. There always is one: the window is smaller than their number.
func (s *session) freeID() uint16 {
	first := uint16(1)
	if s.disk != nil {
		first = diskIDs + 1
	}
	for {
		s.nextID = max(s.nextID+1, first)
		if s.find(s.nextID) < 0 {
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
	now := s.b.clock.now()
	for len(s.waiting) > 0 && s.conn != nil && !s.paused {
		o := s.waiting[0]
		switch expired := o.expired(now) && !o.released; {
		case o.wait != nil:
			return
		case expired:
			s.done(o)
		case o.qos > 0 && !s.ready(), !s.conn.room(), !s.transmit(o, now):
			return
		}
		s.weigh(o, -1)
		s.waiting[0] = nil
		s.waiting = s.waiting[1:]
	}
	if len(s.waiting) == 0 {
		s.waiting = nil
	}
}

// done takes a message off the disk.
func (s *session) done(o *outgoing) {
	if o.item > 0 && !s.ended {
		s.disk.remove(o)
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
	if i < 0 {
		return
	}
	s.done(s.inflight[i])
	if i == 0 {
		s.inflight[0] = nil
		s.inflight = s.inflight[1:]
	} else {
		s.inflight = slices.Delete(s.inflight, i, i+1)
	}
	s.pumpLocked()
}

// received is PUBREC: the client has the QoS 2 message. It reports whether the identifier is known, and what has to be on
// disk before the client is told to let go of the identifier: were the message there again after a crash, the client would
// take it for a new one.
func (s *session) received(id uint16) (o *outgoing, kept commit) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.find(id)
	if i < 0 {
		return nil, nil
	}
	o = s.inflight[i]
	if o.item > 0 && !o.released && !s.ended {
		kept = s.disk.release(o.item)
	}
	return o, kept
}

// release marks a QoS 2 message whose PUBREL is about to be sent.
func (s *session) release(o *outgoing) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o.released = true
}
