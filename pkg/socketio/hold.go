package socketio

import "gateway/pkg/socketio/engine"

// heldFrame is what a broadcast sent to a socket that is held.
type heldFrame struct {
	frame *engine.Frame
	mode  engine.Mode
}

// Hold makes what broadcasts send to the socket wait until [Socket.Release],
// within the bounds of its connection's queue. What is sent to the socket alone goes
// straight. So a caller can join a room, send old values, and let live ones
// follow without a gap. Holds nest.
func (s *Socket) Hold() {
	if s.nsp == nil {
		return
	}
	s.nsp.mu.Lock()
	s.holds++
	s.nsp.mu.Unlock()
}

// Release ends one Hold; with the last, what waits is sent in its order.
func (s *Socket) Release() {
	if s.nsp == nil {
		return
	}
	s.nsp.mu.Lock()
	defer s.nsp.mu.Unlock()
	if s.holds == 0 {
		return
	}
	if s.holds--; s.holds > 0 {
		return
	}
	held := s.held
	s.held = nil
	for _, h := range held {
		s.c.conn.Unreserve(h.frame.Len())
		s.c.conn.SendWith(h.frame, h.mode)
	}
}

// deliver gives the socket what a broadcast sends, with nsp.mu held.
func (s *Socket) deliver(f *engine.Frame, mode engine.Mode) bool {
	if s.holds == 0 {
		return s.c.conn.SendWith(f, mode)
	}
	if !s.c.conn.Fits(f.Len()) {
		s.conflateHeld()
	}
	if !s.c.conn.Reserve(f.Len()) {
		return false
	}
	s.held = append(s.held, heldFrame{f, mode})
	return true
}

// conflateHeld keeps, of what waits, only the newest with each key. It is called when there is no room for more, with nsp.mu
// held.
func (s *Socket) conflateHeld() {
	newest := make(map[string]int)
	for i, h := range s.held {
		if h.mode.Key != "" {
			newest[h.mode.Key] = i
		}
	}
	kept := s.held[:0]
	for i, h := range s.held {
		if h.mode.Key != "" && newest[h.mode.Key] != i {
			s.c.conn.Unreserve(h.frame.Len())
			continue
		}
		kept = append(kept, h)
	}
	clear(s.held[len(kept):])
	s.held = kept
}

// unhold forgets what waits, with nsp.mu held.
func (s *Socket) unhold() {
	for _, h := range s.held {
		s.c.conn.Unreserve(h.frame.Len())
	}
	s.held, s.holds = nil, 0
}
