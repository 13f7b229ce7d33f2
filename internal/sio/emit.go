package sio

import (
	"slices"

	"gateway/internal/access"
	"gateway/internal/bridge"
	"gateway/internal/trace"
	"gateway/pkg/socketio"
)

var _ bridge.Emitter = (*Surface)(nil)

// Live reports whether a socket is in a namespace.
func (s *Surface) Live(namespace string) bool { return s.server.Lookup(namespace) != nil }

// Emit queues a mapped event for its audience.
func (s *Surface) Emit(e *bridge.Emission) {
	n := s.server.Lookup(e.Namespace)
	if n == nil {
		return
	}
	packet, err := packetOf(e, false)
	if err != nil {
		s.refuseEmit(e, err)
		return
	}
	to := n.To(e.Group)
	if e.Except != "" {
		to = to.Except(e.Except)
	}
	s.emitKeyed(to, packet, e)
	s.checked.each(e.Group, func(sock *socketio.Socket) {
		if sock.Namespace() == n && sock.ID() != e.Except && access.Check(principalOf(sock), access.Read, e.Message.Topic) {
			s.emitKeyed(n.To(sock.ID()).Transient(), packet, e)
		}
	})
}

// emitKeyed lets a receiver that cannot keep up skip to the newest value of a topic, but never skip a command.
func (s *Surface) emitKeyed(to *socketio.Broadcast, packet *socketio.Packet, e *bridge.Emission) {
	if !e.Message.Command {
		to = to.Key(e.Key)
	}
	sent, lost, _ := to.CountPacket(packet) // a packet that was made for the namespace can be emitted
	s.sent.Add(uint64(sent))
	e.Receivers += sent
	e.Lost += lost
}

func (s *Surface) refuseEmit(e *bridge.Emission, err error) {
	s.drops.Add(trace.Key{Where: "socketio", Reason: "encode"}, e.Namespace+" "+e.Event, err.Error())
}

// NamespaceNames returns the mapped namespaces that have sockets, and /mqtt.
func (s *Surface) NamespaceNames() []string {
	var names []string
	for _, n := range s.server.Namespaces() {
		names = append(names, n.Name())
	}
	slices.Sort(names)
	return names
}
