package socketio

import (
	"context"
	"encoding/json"
	"sync"
	"sync/atomic"

	"gateway/pkg/socketio/engine"
	"gateway/pkg/socketio/parser"
)

// Socket is one client in one namespace.
type Socket struct {
	id    string
	pid   string // what its client proves itself with when it comes back; "" without recovery
	c     *connection
	nsp   *Namespace // set once it is connected
	hs    *Handshake
	state atomic.Int32
	work  work

	recovered bool // set before it is connected

	noRecovery atomic.Bool

	mu       sync.Mutex
	data     any
	handlers []handler
	any      []func(ctx context.Context, e *Event)
	onGone   []func(Reason)
	reason   Reason
	ctx      context.Context // made when it is needed
	cancel   context.CancelFunc
	calls    map[uint64]chan []Arg
	lastCall uint64

	// guarded by nsp.mu
	member *membership // of the whole namespace; nil when not connected
	rooms  roomSet
	mark   uint64 // equals the namespace's where a broadcast is done with the socket
	holds  int
	held   heldList
}

// handler is what is to be done on an event.
type handler struct {
	event string
	fn    func(ctx context.Context, e *Event)
}

// States of a socket.
const (
	connecting int32 = iota
	connected
	gone
)

func newSocket(c *connection, name string, auth json.RawMessage) *Socket {
	r := c.conn.Request()
	s := &Socket{id: engine.NewID(), c: c}
	s.hs = &Handshake{
		ID: s.id, Namespace: name, Auth: auth, Header: r.Header, Query: r.Query,
		RemoteAddr: r.RemoteAddr, Host: r.Host, Secure: r.Secure, Time: r.Time, ConnData: r.Data,
	}
	s.work.pool, s.work.run = c.srv.pool, s.run
	return s
}

// ID returns the socket's id, 20 characters; it is not the connection's.
func (s *Socket) ID() string { return s.id }

// ConnID returns the id of the connection, which all its sockets share.
func (s *Socket) ConnID() string { return s.c.conn.ID() }

// Namespace returns the namespace that the socket is in; for a dynamic one, the child.
func (s *Socket) Namespace() *Namespace { return s.nsp }

// Handshake returns what the socket connected with; do not modify it.
func (s *Socket) Handshake() *Handshake { return s.hs }

// Connected reports whether the socket is connected.
func (s *Socket) Connected() bool { return s.state.Load() == connected }

// Recovered reports whether the socket took up the state of a lost one.
// Its id, rooms and data are those of before, and what it missed has been sent.
func (s *Socket) Recovered() bool { return s.recovered }

// NoRecovery leaves the socket out of connection state recovery: its client will come back as a new one. It is for sockets
// that get events sent to them alone, which are not kept.
func (s *Socket) NoRecovery() { s.noRecovery.Store(true) }

func (s *Socket) name() string { return s.hs.Namespace }

// Data returns what a middleware left in [Handshake.Data], or what SetData set.
func (s *Socket) Data() any {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.data
}

// SetData sets what Data returns.
func (s *Socket) SetData(v any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.data = v
}

// On calls fn for each event with the name, in the order in which they came,
// one at a time for the whole socket. The context ends with the socket. fn may wait, for
// [Socket.Call] too: only this socket's next events wait with it. A panic in fn
// costs the connection. An event without a function is ignored.
func (s *Socket) On(event string, fn func(ctx context.Context, e *Event)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.handlers = append(s.handlers[:len(s.handlers):len(s.handlers)], handler{event, fn})
}

// OnAny calls fn for every event, before those of [Socket.On].
func (s *Socket) OnAny(fn func(ctx context.Context, e *Event)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.any = append(s.any[:len(s.any):len(s.any)], fn)
}

// OnDisconnect calls fn when the socket has left its namespace and rooms,
// after the handlers of all its events have returned. If it has left already, fn is called at once.
func (s *Socket) OnDisconnect(fn func(Reason)) {
	s.mu.Lock()
	late := s.state.Load() == gone
	if !late {
		s.onGone = append(s.onGone, fn)
	}
	reason := s.reason
	s.mu.Unlock()
	if late {
		fn(reason)
	}
}

// Emit sends an event to the socket alone; args as in [NewPacket].
func (s *Socket) Emit(event string, args ...any) error {
	p, err := NewPacket(s.name(), event, args...)
	if err != nil {
		return err
	}
	return s.emit(p)
}

// EmitPacket sends a packet that was made for this socket's namespace.
func (s *Socket) EmitPacket(p *Packet) error {
	if p.namespace != s.name() {
		return ErrNamespace
	}
	return s.emit(p)
}

// emit queues a packet, and keeps it for recovery unless that is off. While
// the socket is held it is not kept: it overtakes what has smaller offsets.
func (s *Socket) emit(p *Packet) error {
	if !s.c.srv.recovery.on() || p.transient || s.nsp == nil || s.noRecovery.Load() {
		return s.send(p.frame())
	}
	s.nsp.mu.Lock()
	defer s.nsp.mu.Unlock()
	if s.member == nil {
		return ErrDisconnected
	}
	if s.holds > 0 {
		return s.send(p.frame())
	}
	return s.send(s.nsp.record(p, []string{s.id}, nil, ""))
}

// send queues a frame.
func (s *Socket) send(f *engine.Frame) error {
	if !s.Connected() || !s.c.conn.Send(f) {
		return ErrDisconnected
	}
	return nil
}

// Disconnect takes the socket out of its namespace, or closes the whole
// connection and with it every socket that shares it. What was emitted before is still sent.
func (s *Socket) Disconnect(closeConnection bool) {
	if closeConnection {
		s.c.disconnect()
		return
	}
	if s.leave(ReasonServerDisconnect) {
		s.c.conn.Send(control(parser.Disconnect, s.name(), nil))
	}
}

// disconnect takes all sockets out and closes the connection.
func (c *connection) disconnect() {
	c.mu.Lock()
	all := append([]*Socket(nil), c.sockets...)
	c.mu.Unlock()
	for _, s := range all {
		s.Disconnect(false)
	}
	c.conn.Close(engine.ForcedClose)
}

// Join adds the socket to rooms. Broadcasts that begin after Join has
// returned reach it. On a socket that is gone it does nothing.
func (s *Socket) Join(rooms ...string) {
	if s.nsp == nil {
		return
	}
	s.nsp.mu.Lock()
	defer s.nsp.mu.Unlock()
	if s.member == nil {
		return
	}
	for _, r := range rooms {
		s.nsp.join(s, r)
	}
}

// Leave removes the socket from rooms. Broadcasts that begin after Leave has
// returned do not reach it.
func (s *Socket) Leave(rooms ...string) {
	if s.nsp == nil {
		return
	}
	s.nsp.mu.Lock()
	defer s.nsp.mu.Unlock()
	for _, r := range rooms {
		if i := s.rooms.find(r); i >= 0 {
			s.nsp.part(s, i)
		}
	}
}

// Rooms returns the rooms that the socket is in, in no order.
func (s *Socket) Rooms() []string {
	if s.nsp == nil {
		return nil
	}
	s.nsp.mu.Lock()
	defer s.nsp.mu.Unlock()
	names := make([]string, len(s.rooms.list))
	for i, m := range s.rooms.list {
		names[i] = m.room.name
	}
	return names
}
