package socketio

import (
	"fmt"
	"sync/atomic"

	"gateway/pkg/socketio/parser"
)

// Arg is one argument of an event or of an acknowledgement.
type Arg = parser.Arg

// Event is an event that a client emitted.
type Event struct {
	Name string
	Args []Arg // what followed the name

	socket *Socket
	ackID  uint64
	hasAck bool
	acked  atomic.Bool
}

// HasAck reports whether the client asked for an acknowledgement.
func (e *Event) HasAck() bool { return e.hasAck }

// Ack answers the event, once; args as in [NewPacket]. It does nothing and
// returns nil when the client asked for no answer.
func (e *Event) Ack(args ...any) error {
	if !e.hasAck {
		return nil
	}
	if e.acked.Load() {
		return ErrAcked
	}
	p, err := parser.Encode("", args...)
	if err != nil {
		return fmt.Errorf("socketio: ack of %q: %w", e.Name, err)
	}
	if e.acked.Swap(true) {
		return ErrAcked
	}
	return e.socket.send(frame(p, parser.Packet{
		Type: parser.Ack, Namespace: []byte(e.socket.name()), ID: e.ackID, HasID: true,
	}))
}

// Socket returns the socket that the event came from.
func (e *Event) Socket() *Socket { return e.socket }
