package sio

import (
	"gateway/internal/access"
	"gateway/internal/fault"
	"gateway/internal/trace"
	"gateway/pkg/mapping"
	"gateway/pkg/socketio"
)

// Reassess judges the sockets anew whose principal matches: a token was taken back or changed, a login has ended. Who may not
// be here any more is disconnected, and the others hear from then on what they may now. It is called after the change; why is
// a short sentence.
func (s *Surface) Reassess(match func(*access.Principal) bool, why string) {
	for _, n := range s.server.Namespaces() {
		for _, sock := range n.Sockets() {
			if p := principalOf(sock); match(p) {
				s.reassess(sock, p, why)
			}
		}
	}
}

// settled is for a socket that has just entered: what changed since it was identified may have passed it by.
func (s *Surface) settled(sock *socketio.Socket) {
	s.reassess(sock, seatOf(sock).first, "its rights changed while it connected")
}

// reassess has a socket go on as what its principal is now, and not as what it was before.
func (s *Surface) reassess(sock *socketio.Socket, before *access.Principal, why string) {
	if s.options.Current == nil {
		return
	}
	now := s.options.Current(principalOf(sock))
	if now == nil {
		s.expel(sock, fault.New(fault.Denied, "%s", why))
		return
	}
	seatOf(sock).p.Store(now)
	if before.Equal(now) {
		return
	}
	sock.NoRecovery() // what is kept for its return is what it could read before
	switch who := sock.Data().(type) {
	case *member:
		s.reassessMember(who)
	case *subscriber:
		s.raw.reassess(sock)
	case *console:
		if err := mayWatch(now); err != nil {
			s.expel(sock, err)
		}
	}
}

// expel takes a socket out of its namespace. When its client connects again it is told why it may not.
func (s *Surface) expel(sock *socketio.Socket, why error) {
	s.drops.Add(trace.Key{Where: "socketio", Reason: "revoked"}, principalOf(sock).ID+" "+sock.Namespace().Name(), fault.MessageOf(why))
	sock.Disconnect(false)
}

// reassessMember lets a socket of a mapped namespace hear what its principal may read now.
func (s *Surface) reassessMember(m *member) {
	name := m.sock.Namespace().Name()
	if rules, _, inbound := s.bridge.Audibles(name, m.p()); len(rules) == 0 && !inbound {
		s.expel(m.sock, fault.New(fault.Denied, "%s may not read what the mappings bring to %s", m.p(), name))
		return
	}
	go s.listen(m, func() bool { // its replay takes as long as its client does
		_, in := s.members[m]
		return in
	})
}

// reassess takes a socket of /mqtt out of the subscriptions that its principal may not have any more.
func (r *raw) reassess(sock *socketio.Socket) {
	p, m := principalOf(sock), subscriberOf(sock)
	r.surface.bus.Barrier(func(uint64) {
		r.mu.Lock()
		defer r.mu.Unlock()
		m.returns = false
		for filter, g := range m.filters {
			sub := g.subscription
			coverage := access.Coverage(p, filter)
			if sub.checked = coverage == mapping.Partial; coverage == mapping.None {
				delete(m.filters, filter)
				r.leaveOne(sock, g)
				continue
			}
			r.joinOne(sock, sub)
		}
		r.forgetTopics()
	})
}
