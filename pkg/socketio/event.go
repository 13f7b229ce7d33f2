package socketio

import (
	"encoding/json"
)

// Event is an event that a client emitted.
type Event struct {
	Name string
	Args []Arg // what followed the name

	socket *Socket
}

// HasAck reports whether the client asked for an acknowledgement.
func (e *Event) HasAck() bool { return false }

// Ack answers the event, once. It does nothing and returns nil when the client
// asked for no answer.
func (e *Event) Ack(args ...any) error { return nil }

// Socket returns the socket that the event came from.
func (e *Event) Socket() *Socket { return e.socket }

// Arg is one argument of an event or of an acknowledgement.
type Arg struct {
	JSON   json.RawMessage // the argument as it came; nil when it is binary
	Binary []byte          // not nil (but maybe empty) when the argument itself is binary
}

// HasNested reports whether binaries lie inside the argument.
func (a Arg) HasNested() bool { return false }

// Decode stores the argument in the value v points to.
func (a Arg) Decode(v any) error { return json.Unmarshal(a.JSON, v) }
