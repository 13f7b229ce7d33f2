package broker

import (
	"context"

	"gateway/internal/bus"
)

// arrival is a QoS 2 message taken from a client, until the client releases its packet identifier.
type arrival struct {
	entered chan struct{} // closed once the bus has taken or refused it
	receipt bus.Receipt
	err     error // of the bus
	before  bool  // taken by an earlier run
	renewed bool  // and by this one
}

// wait is what PUBREC waits for, however often the client sends the message.
func (a *arrival) wait(ctx context.Context) error {
	select {
	case <-a.entered:
	case <-ctx.Done():
		return ctx.Err()
	}
	if a.err != nil {
		return a.err
	}
	return a.receipt.Wait(ctx)
}

// enter says what the bus made of it.
func (a *arrival) enter(receipt bus.Receipt, err error) {
	a.receipt, a.err = receipt, err
	close(a.entered)
}

// renew reports whether a message that the client sent again has to enter the bus again, once: it never had PUBREC, and so the
// earlier run may have ended when sessions had the message on disk, but links and what rules make of it did not.
func (s *session) renew(a *arrival) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !a.before || a.renewed {
		return false
	}
	a.renewed, a.entered = true, make(chan struct{})
	return true
}

// tookBefore reports whether a QoS 2 message is one that an earlier run has put into the sessions on disk.
func (s *session) tookBefore(id uint16) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.arrived[id]
	return a != nil && a.before
}

// take remembers a QoS 2 packet identifier of the client's. It reports whether it is new; nil means that there was no room.
func (s *session) take(id uint16, limit int) (a *arrival, isNew bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a, dup := s.arrived[id]; dup {
		return a, false
	}
	if len(s.arrived) >= limit {
		return nil, false
	}
	a = &arrival{entered: make(chan struct{})}
	s.rememberLocked(id, a)
	return a, true
}

func (s *session) rememberLocked(id uint16, a *arrival) {
	if s.arrived == nil {
		s.arrived = make(map[uint16]*arrival)
	}
	s.arrived[id] = a
}

// untake forgets a QoS 2 packet identifier. It reports whether it was known, and what PUBCOMP has to wait for: were the
// identifier still on disk after a crash, the next message that bears it would be taken for this one.
func (s *session) untake(id uint16) (forgotten commit, known bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, known = s.arrived[id]
	delete(s.arrived, id)
	if s.disk != nil && !s.ended {
		forgotten = s.disk.forgetArrived(id)
	}
	return forgotten, known
}
