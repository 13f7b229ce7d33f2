package socketio

import (
	"encoding/json"
	"slices"
	"time"

	"gateway/pkg/socketio/engine"
)

// claim is what a client that comes back sends in its auth object.
type claim struct {
	PID    string `json:"pid"`
	Offset string `json:"offset"`
}

// restored is the state that a returning socket takes up.
type restored struct {
	session *session
	missed  []*engine.Frame
}

// restore looks for the state that the socket claims, with n.mu held.
func (n *Namespace) restore(auth json.RawMessage, owner string) *restored {
	r := n.srv.recovery
	var c claim
	if !r.on() || auth == nil || json.Unmarshal(auth, &c) != nil || c.PID == "" {
		return nil
	}
	offset, ok := r.parse(c.Offset)
	if !ok {
		return nil
	}
	entries, ok := n.log.since(offset)
	if !ok {
		return nil
	}
	s := r.take(n, c.PID, owner)
	if s == nil {
		return nil
	}
	missed := missedBy(entries, s.id, s.rooms, false)
	if !n.srv.fitsQueue(missed) {
		missed = missedBy(entries, s.id, s.rooms, true)
	}
	if !n.srv.fitsQueue(missed) {
		s.drop() // not the namespace's last user: the socket is one
		return nil
	}
	return &restored{s, missed}
}

// evict ends a socket that the claim is about, if it is still here: the client
// noticed the loss of its connection before the server.
func (n *Namespace) evict(auth json.RawMessage, owner string) {
	var c claim
	if !n.srv.recovery.on() || auth == nil || json.Unmarshal(auth, &c) != nil || c.PID == "" {
		return
	}
	n.mu.Lock()
	var old *Socket
	for _, m := range n.all.members {
		if m.socket.pid == c.PID && m.socket.hs.Owner == owner {
			old = m.socket
		}
	}
	n.mu.Unlock()
	if old != nil {
		old.leave(ReasonTransportClose)
	}
}

// keep saves the state of a socket that has just been removed, if its client
// may come back. Then the session is what holds the namespace.
func (n *Namespace) keep(s *Socket, reason Reason, rooms []string) bool {
	r := n.srv.recovery
	if !r.on() || !reason.Recoverable() || s.noRecovery.Load() {
		return false
	}
	r.save(&session{
		pid: s.pid, id: s.id, owner: s.hs.Owner, nsp: n, rooms: rooms, data: s.Data(), expires: time.Now().Add(r.window),
	})
	return true
}

// record keeps a packet for those who miss it, with n.mu held, and returns its
// frame with an offset behind the arguments.
func (n *Namespace) record(p *Packet, rooms, except []string, key string) *engine.Frame {
	r := n.srv.recovery
	offset := r.offset.Add(1)
	f := p.withOffset(r.text(offset))
	n.log.add(logEntry{
		offset: offset, at: time.Now(), frame: f,
		rooms: slices.Clone(rooms), except: slices.Clone(except), key: key,
	}, r)
	if !r.ticking.Load() {
		r.tick()
	}
	return f
}

// fitsQueue reports whether frames may be queued at once for a connection.
func (s *Server) fitsQueue(frames []*engine.Frame) bool {
	size := 0
	for _, f := range frames {
		size += f.Len()
	}
	return size <= s.o.MaxQueueBytes/2 && len(frames) <= s.o.MaxQueuePackets/2
}
