package socketio

import (
	"encoding/json"
	"slices"

	"gateway/pkg/socketio/engine"
)

// Broadcast is an emission to be: whom it goes to and how. It may be used
// once or many times, but not changed and used at the same time.
type Broadcast struct {
	n         *Namespace
	rooms     []string
	except    []string
	key       string
	volatile  bool
	transient bool
}

// To adds rooms; see [Namespace.To].
func (b *Broadcast) To(rooms ...string) *Broadcast {
	b.rooms = append(slices.Clip(b.rooms), rooms...)
	return b
}

// In is [Broadcast.To].
func (b *Broadcast) In(rooms ...string) *Broadcast { return b.To(rooms...) }

// Except leaves out the sockets that are in one of the rooms or have one of the ids.
func (b *Broadcast) Except(roomsOrSocketIDs ...string) *Broadcast {
	b.except = append(slices.Clip(b.except), roomsOrSocketIDs...)
	return b
}

// Volatile lets the event be dropped for receivers that are behind: whose
// socket takes no more for now, or whose queue is full.
func (b *Broadcast) Volatile() *Broadcast {
	b.volatile = true
	return b
}

// Key lets the event take the place of an earlier one with the same key and
// namespace, at a receiver whose queue is full. One that cannot keep up so gets the newest of each key
// before it is closed as a slow consumer.
func (b *Broadcast) Key(k string) *Broadcast {
	b.key = k
	return b
}

// Transient leaves the event out of connection state recovery.
func (b *Broadcast) Transient() *Broadcast {
	b.transient = true
	return b
}

// Emit sends an event, encoded once, and returns the number of receivers whose
// queue took it. Arguments are encoded as in [NewPacket]; if one cannot be, nothing
// is sent. A socket that joins after Emit has returned does not get the event, and
// every socket gets events in the order in which they were emitted. Emit never waits for a receiver.
func (b *Broadcast) Emit(event string, args ...any) (int, error) {
	p, err := NewPacket(b.n.name, event, args...)
	if err != nil {
		return 0, err
	}
	return b.send(p), nil
}

// EmitRaw is [Broadcast.Emit] with arguments that are JSON already.
func (b *Broadcast) EmitRaw(event string, args ...json.RawMessage) (int, error) {
	p, err := newRawPacket(b.n.name, event, args)
	if err != nil {
		return 0, err
	}
	return b.send(p), nil
}

// EmitPacket is [Broadcast.Emit] with a packet made before, for this namespace.
func (b *Broadcast) EmitPacket(p *Packet) (int, error) {
	sent, _, err := b.CountPacket(p)
	return sent, err
}

// CountPacket is [Broadcast.EmitPacket] that tells also how many receivers it
// was lost to: their queues were full, which ends their connections unless the
// emission is volatile.
func (b *Broadcast) CountPacket(p *Packet) (sent, lost int, err error) {
	if p.namespace != b.n.name {
		return 0, 0, ErrNamespace
	}
	sent, lost = b.count(p)
	return sent, lost, nil
}

func (b *Broadcast) send(p *Packet) int {
	sent, _ := b.count(p)
	return sent
}

// count delivers a packet to the namespace, or to each child of a parent.
func (b *Broadcast) count(p *Packet) (sent, lost int) {
	if b.n.match == nil {
		return b.n.deliver(b, p)
	}
	for _, c := range b.n.targets() {
		child := packetOf(c.name, p.payload)
		child.transient = p.transient
		s, l := c.deliver(b, child)
		sent, lost = sent+s, lost+l
	}
	return sent, lost
}

// emission is a packet on its way to sockets.
type emission struct {
	packet *Packet
	frame  *engine.Frame // with an offset, where the packet is kept for recovery
	mode   engine.Mode

	sent, lost int // receivers so far
}

// frameFor returns what the socket is to get.
func (e *emission) frameFor(s *Socket) *engine.Frame {
	if s.noRecovery.Load() {
		return e.packet.frame()
	}
	return e.frame
}

// deliver queues the packet for each receiver.
func (n *Namespace) deliver(b *Broadcast, p *Packet) (sent, lost int) {
	e := emission{packet: p, mode: engine.Mode{Volatile: b.volatile}}
	if b.key != "" {
		e.mode.Key = n.name + "\x00" + b.key
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if !n.used {
		return 0, 0
	}
	if n.srv.recovery.on() && !p.transient && !b.transient && !b.volatile {
		e.frame = n.record(p, b.rooms, b.except, b.key)
	} else {
		e.frame = p.frame()
	}
	if len(b.except) > 0 || len(b.rooms) > 1 {
		n.deliverUnion(b, &e)
		return e.sent, e.lost
	}
	if r := n.target(b.rooms); r != nil {
		r.deliver(&e)
		return e.sent, e.lost
	}
	if s := n.byID[b.rooms[0]]; s != nil {
		e.to(s)
	}
	return e.sent, e.lost
}

// to queues the packet for one receiver.
func (e *emission) to(s *Socket) {
	if s.deliver(e) {
		e.sent++
	} else {
		e.lost++
	}
}

// target returns the room to deliver to: the whole namespace if none is named.
func (n *Namespace) target(rooms []string) *room {
	if len(rooms) == 0 {
		return &n.all
	}
	return n.rooms[rooms[0]]
}

func (r *room) deliver(e *emission) {
	for _, m := range r.members {
		e.to(m.socket)
	}
}

// deliverUnion queues for each socket in one of the rooms, once, but for
// those excepted. Whom it has dealt with it marks.
func (n *Namespace) deliverUnion(b *Broadcast, e *emission) {
	n.mark++
	for _, name := range b.except {
		n.each(name, func(s *Socket) { s.mark = n.mark })
	}
	visit := func(s *Socket) {
		if s.mark == n.mark {
			return
		}
		s.mark = n.mark
		e.to(s)
	}
	if len(b.rooms) == 0 {
		n.all.each(visit)
	}
	for _, name := range b.rooms {
		n.each(name, visit)
	}
}

// each visits the sockets in the room, or the one with the id.
func (n *Namespace) each(name string, visit func(*Socket)) {
	if r := n.rooms[name]; r != nil {
		r.each(visit)
	}
	if s := n.byID[name]; s != nil {
		visit(s)
	}
}

func (r *room) each(visit func(*Socket)) {
	for _, m := range r.members {
		visit(m.socket)
	}
}
