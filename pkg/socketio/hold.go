package socketio

import (
	"slices"

	"gateway/pkg/socketio/engine"
)

// heldList is what broadcasts sent to a socket that is held. When there is no
// room for more it is conflated, and stays so: of frames with the same key only the newest waits.
type heldList struct {
	frames []heldFrame
	holes  int
	keys   map[string]int // index by key, once conflated
}

// heldFrame is one of them; frame is nil where a newer one took its place.
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
	held := s.held.frames
	s.held = heldList{}
	for _, h := range held {
		if h.frame != nil {
			s.c.conn.Unreserve(h.frame.Len())
			s.c.conn.SendWith(h.frame, h.mode)
		}
	}
}

// deliver gives the socket what a broadcast sends, with nsp.mu held.
func (s *Socket) deliver(e *emission) bool {
	f := e.frameFor(s)
	if s.holds == 0 {
		return s.c.conn.SendWith(f, e.mode)
	}
	h := &s.held
	if h.keys == nil && !s.c.conn.Fits(f.Len()) {
		s.conflateHeld()
	}
	if i, ok := h.keys[e.mode.Key]; ok {
		delete(h.keys, e.mode.Key)
		s.dropHeld(i)
	}
	if e.mode.Volatile && !s.c.conn.Fits(f.Len()) || !s.c.conn.Reserve(f.Len()) {
		return false
	}
	if h.keys != nil && e.mode.Key != "" {
		h.keys[e.mode.Key] = len(h.frames)
	}
	h.frames = append(h.frames, heldFrame{f, e.mode})
	if h.holes > 64 && h.holes > len(h.frames)/2 {
		s.conflateHeld()
	}
	return true
}

// conflateHeld keeps, of what waits, only the newest with each key, with nsp.mu held.
func (s *Socket) conflateHeld() {
	h := &s.held
	newest := make(map[string]int)
	for i := len(h.frames) - 1; i >= 0; i-- {
		key := h.frames[i].mode.Key
		if key == "" || h.frames[i].frame == nil {
			continue
		}
		if _, ok := newest[key]; ok {
			s.dropHeld(i)
			continue
		}
		newest[key] = i
	}
	h.frames = slices.DeleteFunc(h.frames, func(f heldFrame) bool { return f.frame == nil })
	h.holes = 0
	h.keys = newest
	for i, f := range h.frames {
		if f.mode.Key != "" {
			h.keys[f.mode.Key] = i
		}
	}
}

// dropHeld takes one frame out of what waits.
func (s *Socket) dropHeld(i int) {
	s.c.conn.Unreserve(s.held.frames[i].frame.Len())
	s.held.frames[i] = heldFrame{}
	s.held.holes++
}

// unhold forgets what waits, with nsp.mu held.
func (s *Socket) unhold() {
	for _, h := range s.held.frames {
		if h.frame != nil {
			s.c.conn.Unreserve(h.frame.Len())
		}
	}
	s.held, s.holds = heldList{}, 0
}
