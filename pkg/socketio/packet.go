package socketio

import (
	"encoding/json"

	"gateway/pkg/socketio/engine"
	"gateway/pkg/socketio/parser"
)

// Packet is an event for one namespace, encoded and framed. It is immutable
// and may be emitted any number of times, to any number of sockets.
type Packet struct {
	namespace   string
	body        []byte // [event, args...]
	attachments [][]byte
	frame       *engine.Frame
	transient   bool
}

// NewPacket encodes an event. Arguments are encoded once, as follows:
//
//   - json.RawMessage is taken as it is, if it is valid JSON in UTF-8;
//   - []byte becomes a binary attachment, also inside []any and map[string]any,
//     and must not be modified after;
//   - [Arg] is sent as it came;
//   - everything else is what encoding/json makes of it.
//
// An argument that cannot be encoded is an error, as is a reserved event name.
func NewPacket(namespace, event string, args ...any) (*Packet, error) {
	if event == "" || parser.Reserved(event) {
		return nil, ErrReservedEvent
	}
	enc := newEncoder()
	if err := enc.array(event, args); err != nil {
		return nil, err
	}
	return enc.packet(namespace), nil
}

func newRawPacket(namespace, event string, args []json.RawMessage) (*Packet, error) {
	all := make([]any, len(args))
	for i, a := range args {
		all[i] = a
	}
	return NewPacket(namespace, event, all...)
}

func (e *encoder) packet(namespace string) *Packet {
	return &Packet{
		namespace: namespace, body: e.buf, attachments: e.attachments,
		frame: e.frame(parser.Event, namespace, 0, false),
	}
}

// Namespace returns the name of the namespace that the packet is for.
func (p *Packet) Namespace() string { return p.namespace }

// Len returns the length of the packet in bytes, as a websocket carries it.
func (p *Packet) Len() int { return p.frame.Len() }

// Transient returns the packet marked to be left out of connection state
// recovery: it carries no offset and is not kept.
func (p *Packet) Transient() *Packet {
	t := *p
	t.transient = true
	return &t
}
