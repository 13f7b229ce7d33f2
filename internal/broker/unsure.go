package broker

import "slices"

// A QoS 2 message is sent once it is on disk, and no sooner: had the client received it before a crash that the disk had
// not heard of it, its publisher would send it again, and the client would get it twice. QoS 1 need not wait.

// watch waits for the disk on behalf of o.
func (s *session) watch(o *outgoing) {
	if s.b.ctx.Err() != nil {
		return // closed: nothing is sent any more
	}
	s.unsure = append(s.unsure, o)
	if !s.watched {
		s.watched = true
		s.b.running.Go(s.awaitDisk)
	}
}

// awaitDisk runs while messages wait for the disk.
func (s *session) awaitDisk() {
	for {
		o := s.nextUnsure()
		if o == nil {
			return
		}
		s.settle(o, o.wait(s.b.ctx))
	}
}

func (s *session) nextUnsure() *outgoing {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.unsure) == 0 {
		s.unsure, s.watched = nil, false
		return nil
	}
	o := s.unsure[0]
	s.unsure[0] = nil
	s.unsure = s.unsure[1:]
	return o
}

// settle lets o go, or forgets it when the disk does not have it: its publisher was told so, and will send it again.
func (s *session) settle(o *outgoing, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o.wait = nil
	if i := slices.Index(s.waiting, o); err != nil && i >= 0 && s.b.ctx.Err() == nil {
		s.weigh(o, -1)
		s.waiting = slices.Delete(s.waiting, i, i+1)
		s.done(o)
	}
	s.pumpLocked()
}
