package sio

import (
	"context"
	"slices"
	"strings"
	"time"

	"gateway/internal/access"
	"gateway/internal/bridge"
	"gateway/internal/fault"
	"gateway/internal/trace"
	"gateway/pkg/mapping"
	"gateway/pkg/socketio"
)

// admit refuses a socket that could neither hear nor say anything in its namespace.
func (s *Surface) admit(_ context.Context, h *socketio.Handshake) error {
	p := h.ConnData.(*access.Principal)
	rules, known, inbound := s.bridge.Audibles(h.Namespace, p)
	switch {
	case !known:
		return &socketio.ConnectError{Message: "Invalid namespace"}
	case len(rules) == 0 && !inbound:
		err := fault.New(fault.Denied, "%s may not read what the mappings bring to %s", p, h.Namespace)
		s.drops.Add(trace.Key{Where: "socketio", Reason: string(fault.Denied)}, p.ID+" "+h.Namespace, err.Error())
		return &socketio.ConnectError{Message: err.Error(), Data: errorOf(err)}
	}
	return nil
}

// enter lets a socket hear its namespace: first the last values, marked as replayed, then what comes, with no gap and no
// duplicate between the two. A recovered socket has missed nothing and gets no replay.
func (s *Surface) enter(sock *socketio.Socket) {
	sock.OnAny(s.handle)
	sock.OnDisconnect(func(socketio.Reason) { s.checked.forget(sock) })
	s.listen(sock, "", !sock.Recovered())
}

// listen makes a socket a member of the groups of all rules with the given room (empty: of those without one), and replays.
func (s *Surface) listen(sock *socketio.Socket, room string, replay bool) (heard int) {
	p, namespace := principalOf(sock), sock.Namespace().Name()
	var rules []bridge.Audible
	var seq uint64
	sock.Hold()
	defer sock.Release()
	s.bus.Barrier(func(n uint64) {
		seq = n
		rules, _, _ = s.bridge.Audibles(namespace, p)
		heard = s.join(sock, p, rules, room)
	})
	if replay {
		s.replay(sock, p, rules, room, seq)
	}
	return heard
}

func (s *Surface) replay(sock *socketio.Socket, p *access.Principal, rules []bridge.Audible, room string, seq uint64) {
	for _, rule := range rules {
		s.bridge.Replay(sock.Namespace().Name(), room, p, rule, seq, func(e *bridge.Emission) {
			packet, err := packetOf(e, true)
			if err != nil {
				s.refuseEmit(e, err)
				return
			}
			_ = sendSlowly(sock, packet) // fails only when the socket has gone
		})
	}
}

// replayPatience is how long a receiver of old values may take for each.
const replayPatience = 30 * time.Second

// sendSlowly sends an old value at the receiver's pace: there may be far more of them than its queue holds.
func sendSlowly(sock *socketio.Socket, packet *socketio.Packet) error {
	ctx, cancel := context.WithTimeout(context.Background(), replayPatience)
	defer cancel()
	if err := sock.Wait(ctx); err != nil {
		return err
	}
	return sock.EmitPacket(packet.Transient())
}

// join adds a socket to the groups of the rules that use rooms as the given one says. It runs inside a barrier.
func (s *Surface) join(sock *socketio.Socket, p *access.Principal, rules []bridge.Audible, room string) (heard int) {
	for _, rule := range rules {
		if rule.HasRoom != (room != "") {
			continue
		}
		heard++
		group := bridge.GroupOf(rule.Rule.Name(), room, clientOf(rule, p))
		if rule.Coverage == mapping.Full {
			sock.Join(group)
			continue
		}
		s.checked.add(sock, group)
		sock.NoRecovery() // what is sent to it alone is not kept for its return
	}
	return heard
}

func clientOf(rule bridge.Audible, p *access.Principal) string {
	if rule.ClientID {
		return p.ID
	}
	return ""
}

// handle takes every event of a mapped namespace.
func (s *Surface) handle(ctx context.Context, e *socketio.Event) {
	switch e.Name {
	case "join":
		s.answer(e, s.joinRoom(e))
	case "leave":
		s.answer(e, s.leaveRoom(e))
	default:
		s.inbound(ctx, e)
	}
}

func (s *Surface) inbound(ctx context.Context, e *socketio.Event) {
	args, err := argsOf(e)
	if err != nil {
		s.answer(e, err)
		return
	}
	sock := e.Socket()
	s.bridge.Inbound(ctx, bridge.Event{
		Namespace: sock.Namespace().Name(), Name: e.Name, Args: args, Principal: principalOf(sock), Socket: sock.ID(),
	}, func(r bridge.Reply, err error) { s.reply(e, r, err) })
}

func (s *Surface) joinRoom(e *socketio.Event) error {
	room, err := roomOf(e)
	if err != nil {
		return err
	}
	sock := e.Socket()
	if s.isIn(sock, room) {
		return nil
	}
	if s.listen(sock, room, true) == 0 {
		return fault.New(fault.Denied, "no mapping of %s sends to rooms that you may hear", sock.Namespace().Name())
	}
	return nil
}

func (s *Surface) leaveRoom(e *socketio.Event) error {
	room, err := roomOf(e)
	if err != nil {
		return err
	}
	sock := e.Socket()
	for _, group := range sock.Rooms() {
		if roomOfGroup(group) == room {
			sock.Leave(group)
		}
	}
	s.checked.leave(sock, room)
	return nil
}

func (s *Surface) isIn(sock *socketio.Socket, room string) bool {
	for _, group := range append(sock.Rooms(), s.checked.groupsOf(sock)...) {
		if roomOfGroup(group) == room {
			return true
		}
	}
	return false
}

// maxRoom bounds a room's name, in bytes.
const maxRoom = 256

func roomOf(e *socketio.Event) (string, error) {
	var room string
	if len(e.Args) != 1 || e.Args[0].Decode(&room) != nil || room == "" || len(room) > maxRoom || strings.ContainsRune(room, 0) {
		return "", fault.New(fault.Invalid, "%s takes one room: a string of 1 to %d bytes", e.Name, maxRoom)
	}
	return room, nil
}

// roomOfGroup is the room in a group's name; empty when the group is that of a whole namespace.
func roomOfGroup(group string) string {
	parts := strings.SplitN(group, "\x00", 3)
	if len(parts) < 2 {
		return ""
	}
	return parts[1]
}

// Reload puts a table in force without dropping a client: every socket of a mapped namespace changes to the new rules'
// groups in one step, hears the last values of rules that it did not hear before, and stays connected as long as any rule
// still names its namespace.
func (s *Surface) Reload(t *mapping.Table) {
	var fresh []func()
	held := s.holdMapped()
	s.bridge.Apply(t, func(seq uint64) {
		for _, sock := range held {
			fresh = append(fresh, s.regroup(sock, seq))
		}
	})
	for i, replay := range fresh {
		replay()
		held[i].Release()
	}
}

func (s *Surface) holdMapped() []*socketio.Socket {
	var socks []*socketio.Socket
	for _, n := range s.server.Namespaces() {
		if n.Name() == rawNamespace {
			continue
		}
		for _, sock := range n.Sockets() {
			sock.Hold()
			socks = append(socks, sock)
		}
	}
	return socks
}

// regroup moves a socket to the groups of the table in force and returns what replays the rules that are new to it.
func (s *Surface) regroup(sock *socketio.Socket, seq uint64) (replay func()) {
	p := principalOf(sock)
	before := append(sock.Rooms(), s.checked.groupsOf(sock)...)
	sock.Leave(sock.Rooms()...)
	s.checked.forget(sock)
	rules, known, _ := s.bridge.Audibles(sock.Namespace().Name(), p)
	if !known {
		return func() { sock.Disconnect(false) }
	}
	rooms := map[string]bool{"": true}
	had := map[string]bool{}
	for _, group := range before {
		rooms[roomOfGroup(group)] = true
		had[group] = true
	}
	var todo []func()
	for room := range rooms {
		s.join(sock, p, rules, room)
		for _, rule := range rules {
			if rule.HasRoom == (room != "") && !had[bridge.GroupOf(rule.Rule.Name(), room, clientOf(rule, p))] {
				todo = append(todo, func() { s.replay(sock, p, []bridge.Audible{rule}, room, seq) })
			}
		}
	}
	return func() {
		for _, replay := range todo {
			replay()
		}
	}
}

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
	if !e.Message.Command {
		to = to.Key(e.Key)
	}
	_, _ = to.EmitPacket(packet) // a packet that stands can be emitted
	s.checked.each(e.Group, func(sock *socketio.Socket) {
		if sock.Namespace() == n && sock.ID() != e.Except && access.Check(principalOf(sock), access.Read, e.Message.Topic) {
			_ = sock.EmitPacket(packet)
		}
	})
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

func (s *Surface) refuseEmit(e *bridge.Emission, err error) {
	s.drops.Add(trace.Key{Where: "socketio", Reason: "encode"}, e.Namespace+" "+e.Event, err.Error())
}
