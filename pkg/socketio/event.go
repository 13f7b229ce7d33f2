package socketio

import (
	"sync/atomic"

	"gateway/pkg/socketio/parser"
)

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
	enc := newEncoder()
	if err := enc.array("", args); err != nil {
		return err
	}
	if e.acked.Swap(true) {
		return ErrAcked
	}
	return e.socket.send(enc.frame(parser.Ack, e.socket.name(), e.ackID, true))
}

// Socket returns the socket that the event came from.
func (e *Event) Socket() *Socket { return e.socket }
