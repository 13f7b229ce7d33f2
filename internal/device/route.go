package device

import (
	"strings"

	"gateway/internal/access"
	"gateway/internal/bus"
	"gateway/internal/fault"
	"gateway/internal/trace"
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
	case OwnWord(event) || event[0] == '$':
		return
	}
	s.hand(d, b, event)
}

// hand gives a message to a board, if it is here, and notes what became of it.
func (s *Service) hand(d *bus.Delivery, b *board, event string) {
	b.mu.Lock()
	x := b.session
	b.mu.Unlock()
	mark := trace.Mark{Kind: trace.Board, Target: b.mark}
	switch {
	case x == nil && d.Message.Principal.ID == b.id:
		return // its own last words
	case x == nil:
		mark.Reason = trace.Offline
	case d.Message.Origin.Adapter == bus.FromSocketIO && d.Message.Origin.Conn == x.conn.ID():
		return
	case !access.Check(x.conn.Principal(), access.Read, d.Message.Topic):
		mark.Reason = trace.Denied
	default:
		err := x.conn.Deliver(event, d.Message.Payload, d.Message.Retain, s.noteTaken(d.Message, b))
		if err == nil {
			d.Heard()
			mark.Receivers = 1
			break
		}
		d.Lost()
		mark.Slow = 1
		s.drop("deliver", b.id+" "+event, err.Error())
	}
	s.Bus.Note(d.Message, mark)
}

// noteTaken notes a board's word that it has a message, or that it did not give it; nil where nobody wants to know. What a
// publisher's acknowledgement covers is not touched: a board keeps nothing on disk.
func (s *Service) noteTaken(m *bus.Message, b *board) func(error) {
	if m.QoS == 0 {
		return nil
	}
	seq := m.Seq
	return func(err error) {
		mark := trace.Mark{Kind: trace.Taken, Target: b.mark}
		if err != nil {
			mark.Reason = trace.Unanswered
		}
		s.Bus.NoteLater(seq, mark)
	}
}

// OwnWord reports whether the part of a topic behind devices/<id>/ is for the gateway alone to say: status, and the shadow.
func OwnWord(rest string) bool {
	return rest == "status" || rest == "shadow" || strings.HasPrefix(rest, "shadow/")
}

// Publish brings an event of the board to the bus, as devices/<id>/<event>. It is a command: it says what happens now, and is
// never replayed; what a board is goes to its shadow. p is the board as it is by now.
func (x *Session) Publish(p *access.Principal, event string, args []mapping.Arg) (bus.Receipt, error) {
	x.heard()
	if OwnWord(event) || strings.HasPrefix(event, "$") {
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
