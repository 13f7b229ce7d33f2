package sio

import (
	"gateway/pkg/mapping"
	"gateway/pkg/socketio"
)

// Reload puts a table in force without dropping a client: in one step every socket of a mapped namespace changes to the new
// rules' groups. It returns at once; sockets that hear something new get its last values first, each at its own pace. One whose
// namespace no rule names any more is taken out of it.
func (s *Surface) Reload(t *mapping.Table) {
	var todo []func()
	s.bridge.Apply(t, func(seq uint64) {
		for m := range s.members {
			added, known := s.regroup(m)
			switch {
			case !known:
				todo = append(todo, func() { m.sock.Disconnect(false) })
			case len(added) > 0:
				m.sock.Hold()
				todo = append(todo, func() {
					s.replay(m, added, seq)
					m.sock.Release()
				})
			}
		}
	})
	for _, do := range todo {
		go do()
	}
}

// enter lets a socket hear its namespace: first the last values, marked as replayed, then what comes, with no gap and no
// duplicate between the two. A recovered socket has missed nothing but rules that came while it was away.
func (s *Surface) enter(sock *socketio.Socket) {
	m := s.newMember(sock)
	sock.OnAny(s.handle)
	s.listen(m, func() bool {
		s.members[m] = struct{}{}
		return true
	})
	sock.OnDisconnect(func(socketio.Reason) {
		s.bus.Barrier(func(uint64) { delete(s.members, m) })
		s.checked.forget(sock)
	})
	s.settled(sock)
}

// listen changes what a member hears, inside a barrier, and replays what is new to it. change reports whether there is anything
// to do.
func (s *Surface) listen(m *member, change func() bool) (added []fresh) {
	var seq uint64
	m.sock.Hold()
	defer m.sock.Release()
	s.bus.Barrier(func(n uint64) {
		seq = n
		if change() {
			added, _ = s.regroup(m)
		}
	})
	s.replay(m, added, seq)
	return added
}
