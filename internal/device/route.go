package device

import (
	"strings"

	"gateway/internal/access"
	"gateway/internal/bus"
	"gateway/internal/fault"
	"gateway/pkg/mapping"
)

// receive is the end of the bus: messages below devices/<id>/ go to the board, but those that it sent itself, and what is
// said about it. It runs under the topic's lock.
func (s *Service) receive(d *bus.Delivery) {
	rest, ours := strings.CutPrefix(d.Message.Topic, topicPrefix)
	if !ours {
		return
	}
	id, event, _ := strings.Cut(rest, "/")
	b := s.find(id)
	if b == nil || event == "" {
		return
	}
	switch {
	case event == "shadow/desired/set":
		s.receiveDesired(d, b)
		return
	case ownWord(event) || event[0] == '$':
		return
	}
	b.mu.Lock()
	x := b.session
	b.mu.Unlock()
	if x == nil || d.Message.Origin.Adapter == bus.FromSocketIO && d.Message.Origin.Conn == x.conn.ID() {
		return
	}
	if err := x.conn.Deliver(event, d.Message.Payload, d.Message.Retain); err != nil {
		d.Lost()
		s.drop("deliver", id+" "+event, err.Error())
		return
	}
	d.Heard()
}

// ownWord reports whether the part of a topic behind devices/<id>/ is for the gateway to say.
func ownWord(rest string) bool {
	return rest == "status" || rest == "shadow" || strings.HasPrefix(rest, "shadow/")
}

// Publish brings an event of the board to the bus, as devices/<id>/<event>. It is a command: it says what happens now, and is
// never replayed; what a board is goes to its shadow. p is the board as it is by now.
func (x *Session) Publish(p *access.Principal, event string, args []mapping.Arg) (bus.Receipt, error) {
	x.heard()
	if ownWord(event) || strings.HasPrefix(event, "$") {
		return bus.Receipt{}, fault.New(fault.Denied, "a board may not emit %q: its connection and $shadow say that", clip(event, 64))
	}
	payload, err := mapping.Auto.Decode(args)
	if err != nil {
		return bus.Receipt{}, fault.New(fault.Invalid, "event %q: %w", clip(event, 64), err)
	}
	return x.s.Bus.Publish(bus.Message{
		Topic: topicOf(x.b.id, event), Payload: payload, Command: true,
		Origin: bus.Origin{Adapter: bus.FromSocketIO, Conn: x.conn.ID()}, Principal: p,
	})
}
