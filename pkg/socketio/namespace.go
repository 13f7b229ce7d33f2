package socketio

import (
	"context"
	"encoding/json"
	"slices"
	"sync"
)

// Namespace is a set of sockets that share a channel, with rooms inside. One
// that was made with a pattern or a function stands for its live children:
// what is emitted to it goes to each of them.
type Namespace struct {
	srv    *Server
	name   string
	parent *Namespace // nil if static, or a parent itself
	match  matcher    // nil but for a parent

	// guarded by srv.mu
	children map[string]*Namespace
	users    int // sockets that entered

	// mu orders joins, leaves and emits.
	mu        sync.Mutex
	all       room
	byID      map[string]*Socket
	rooms     map[string]*room
	mark      uint64 // see Socket.mark
	uses      []func(ctx context.Context, h *Handshake) error
	onConnect []func(*Socket)
	used      bool // a socket has been here
	log       packetLog
}

// Name returns the name, or the pattern of a dynamic namespace.
func (n *Namespace) Name() string { return n.name }

// Use adds a middleware that judges who wants to join: it runs once per socket,
// before it is connected, in order of registration. An error refuses the socket;
// the client gets the message and data of a [*ConnectError], and "Forbidden" for any other error.
func (n *Namespace) Use(mw func(ctx context.Context, h *Handshake) error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.uses = append(slices.Clip(n.uses), mw)
}

// OnConnect adds a function that runs for each socket that joins, before any
// event of it is handled. Until it returns, broadcasts wait as in [Socket.Hold].
func (n *Namespace) OnConnect(fn func(*Socket)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.onConnect = append(slices.Clip(n.onConnect), fn)
}

// hooks returns what runs for a socket; a child has its parent's.
func (n *Namespace) hooks() ([]func(context.Context, *Handshake) error, []func(*Socket)) {
	if n.parent != nil {
		n = n.parent
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.uses, n.onConnect
}

// Sockets returns the connected sockets.
func (n *Namespace) Sockets() []*Socket {
	var all []*Socket
	for _, c := range n.targets() {
		c.mu.Lock()
		for _, m := range c.all.members {
			all = append(all, m.socket)
		}
		c.mu.Unlock()
	}
	return all
}

// Socket returns the connected socket with the id, or nil.
func (n *Namespace) Socket(id string) *Socket {
	for _, c := range n.targets() {
		c.mu.Lock()
		s := c.byID[id]
		c.mu.Unlock()
		if s != nil {
			return s
		}
	}
	return nil
}

// Len returns the number of connected sockets.
func (n *Namespace) Len() int {
	total := 0
	for _, c := range n.targets() {
		c.mu.Lock()
		total += len(c.all.members)
		c.mu.Unlock()
	}
	return total
}

// targets returns the namespace, or the children of a parent.
func (n *Namespace) targets() []*Namespace {
	if n.match == nil {
		return []*Namespace{n}
	}
	n.srv.mu.Lock()
	defer n.srv.mu.Unlock()
	all := make([]*Namespace, 0, len(n.children))
	for _, c := range n.children {
		all = append(all, c)
	}
	return all
}

// To starts a broadcast to the sockets that are in any of the rooms; a
// socket's id is a room that only it is in. Without rooms it goes to all.
func (n *Namespace) To(rooms ...string) *Broadcast { return &Broadcast{n: n, rooms: rooms} }

// In is [Namespace.To].
func (n *Namespace) In(rooms ...string) *Broadcast { return n.To(rooms...) }

// Except starts a broadcast to all but the sockets in the rooms or with the ids.
func (n *Namespace) Except(roomsOrSocketIDs ...string) *Broadcast {
	return n.To().Except(roomsOrSocketIDs...)
}

// Volatile starts a broadcast as [Broadcast.Volatile] says.
func (n *Namespace) Volatile() *Broadcast { return n.To().Volatile() }

// Transient starts a broadcast as [Broadcast.Transient] says.
func (n *Namespace) Transient() *Broadcast { return n.To().Transient() }

// Key starts a broadcast as [Broadcast.Key] says.
func (n *Namespace) Key(k string) *Broadcast { return n.To().Key(k) }

// Emit sends an event to all; see [Broadcast.Emit].
func (n *Namespace) Emit(event string, args ...any) (int, error) { return n.To().Emit(event, args...) }

// EmitRaw sends an event to all; see [Broadcast.EmitRaw].
func (n *Namespace) EmitRaw(event string, args ...json.RawMessage) (int, error) {
	return n.To().EmitRaw(event, args...)
}

// EmitPacket sends a packet to all; see [Broadcast.EmitPacket].
func (n *Namespace) EmitPacket(p *Packet) (int, error) { return n.To().EmitPacket(p) }
