package sio

import (
	"slices"

	"gateway/internal/access"
	"gateway/internal/fault"
	"gateway/internal/trace"
	"gateway/pkg/mapping"
	"gateway/pkg/socketio"
)

// Reassess identifies every socket again whose principal matches: a token was taken back or changed, a session has ended.
// Whoever is nobody now is disconnected, and the others hear from then on what they may. It is called after the change.
func (s *Surface) Reassess(match func(*access.Principal) bool) {
	s.epoch.Add(1) // whoever is just connecting asks again
	for _, n := range s.server.Namespaces() {
		for _, sock := range n.Sockets() {
			if match(principalOf(sock)) {
				s.reassess(sock, false)
			}
		}
	}
}

// settled is for a socket that has just entered: what changed while it did has not reached it.
func (s *Surface) settled(sock *socketio.Socket) {
	if seatOf(sock).epoch != s.epoch.Load() {
		s.reassess(sock, true)
	}
}

func (s *Surface) reassess(sock *socketio.Socket, always bool) {
	now, err := s.identify(sock.Handshake())
	if err != nil {
		s.expel(sock, err)
		return
	}
	before := seatOf(sock).p.Swap(now)
	if !always && sameRights(before, now) {
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

func sameRights(a, b *access.Principal) bool {
	return a.Kind == b.Kind && a.ID == b.ID && a.Grant == b.Grant && a.Role == b.Role &&
		slices.Equal(a.Read, b.Read) && slices.Equal(a.Write, b.Write)
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
