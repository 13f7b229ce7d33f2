package sio

import (
	"sync"
	"sync/atomic"

	"gateway/internal/access"
	"gateway/internal/bridge"
	"gateway/pkg/mapping"
	"gateway/pkg/socketio"
)

// member is a socket that has entered a mapped namespace. What it hears changes inside a barrier of the bus only: so a join,
// the start of a replay and a reload of the rules are one step each, between two messages.
type member struct {
	sock   *socketio.Socket
	rooms  map[string]struct{}          // that it joined; the empty one stands for rules without a room
	groups map[string]*mapping.Compiled // that it is in, with the rule of each

	replaying sync.Mutex   // one replay at a time
	waiting   atomic.Int32 // events whose acknowledgement is not sent yet
	pace      pace
}

// fresh is a rule that a member did not hear before, for a room.
type fresh struct {
	rule    bridge.Audible
	room    string
	pending map[string]struct{} // topics whose newest value a rate holds back: it comes live in a moment
}

func (s *Surface) newMember(sock *socketio.Socket) *member {
	m := &member{
		sock: sock, rooms: map[string]struct{}{"": {}}, groups: map[string]*mapping.Compiled{}, pace: newPace(),
	}
	if sock.Recovered() { // what it was in is what it has heard
		m.rooms, m.groups = s.heardBefore(sock)
		if lost, ok := sock.Data().(*member); ok {
			m.rooms, m.groups = lost.rooms, lost.groups
		}
	}
	sock.SetData(m)
	return m
}

func (m *member) p() *access.Principal { return principalOf(m.sock) }

func memberOf(sock *socketio.Socket) *member {
	m, _ := sock.Data().(*member)
	return m
}

// regroup makes a member hear what the rules in force let it hear, and returns the rules that are new to it. known is false
// when no rule names its namespace any more. It runs inside a barrier.
func (s *Surface) regroup(m *member) (added []fresh, known bool) {
	rules, known, _ := s.bridge.Audibles(m.sock.Namespace().Name(), m.p())
	for group := range m.groups {
		m.sock.Leave(group)
	}
	s.checked.forget(m.sock)
	groups := map[string]*mapping.Compiled{}
	for room := range m.rooms {
		for _, rule := range rules {
			if rule.HasRoom != (room != "") {
				continue
			}
			group := bridge.GroupOf(rule.Rule.Name(), room, clientOf(rule, m.p()))
			groups[group] = rule.Rule
			s.join(m.sock, group, rule.Coverage)
			if !bridge.Same(m.groups[group], rule.Rule) {
				added = append(added, fresh{rule, room, s.bridge.Pending(rule.Rule)})
			}
		}
	}
	m.groups = groups
	return added, known
}

func (s *Surface) join(sock *socketio.Socket, group string, coverage mapping.Coverage) {
	if coverage == mapping.Full {
		sock.Join(group)
		return
	}
	sock.NoRecovery() // what is sent to it alone is not kept for its return
	s.checked.add(sock, group)
	if !sock.Connected() {
		s.checked.forget(sock) // it left meanwhile, and nobody would forget it later
	}
}

func clientOf(rule bridge.Audible, p *access.Principal) string {
	if rule.ClientID {
		return p.ID
	}
	return ""
}
