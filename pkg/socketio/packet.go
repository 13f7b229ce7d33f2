package socketio

import (
	"encoding/json"
	"fmt"
	"sync/atomic"

	"gateway/pkg/socketio/engine"
	"gateway/pkg/socketio/parser"
)

// Packet is an event for one namespace, encoded and framed. It is immutable
// and may be emitted any number of times, to any number of sockets.
type Packet struct {
	namespace string
	payload   parser.Payload
	transient bool
	made      atomic.Pointer[engine.Frame] // without an offset; made when it is needed
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
	payload, err := encodeEvent(event, args)
	if err != nil {
		return nil, err
	}
	return packetOf(namespace, payload), nil
}

func encodeEvent(event string, args []any) (parser.Payload, error) {
	if event == "" || parser.Reserved(event) {
		return parser.Payload{}, ErrReservedEvent
	}
	p, err := parser.Encode(event, args...)
	if err != nil {
		return p, fmt.Errorf("socketio: event %q: %w", event, err)
	}
	return p, nil
}

func newRawPacket(namespace, event string, args []json.RawMessage) (*Packet, error) {
	all := make([]any, len(args))
	for i, a := range args {
		all[i] = a
	}
	return NewPacket(namespace, event, all...)
}

func packetOf(namespace string, payload parser.Payload) *Packet {
	return &Packet{namespace: namespace, payload: payload}
}

// frame returns the packet as it is, ready to be sent.
func (p *Packet) frame() *engine.Frame {
	f := p.made.Load()
	if f == nil {
		f = frame(p.payload, parser.Packet{Type: parser.Event, Namespace: []byte(p.namespace)})
		p.made.Store(f)
	}
	return f
}

// withOffset returns the packet with one more argument.
func (p *Packet) withOffset(offset string) *engine.Frame {
	tail := append(append([]byte(`,"`), offset...), `"]`...)
	body := p.payload.Body[:len(p.payload.Body)-1]
	var buf [64]byte
	head := p.payload.AppendHead(buf[:0], parser.Packet{Type: parser.Event, Namespace: []byte(p.namespace)})
	return engine.NewFrameTail(head, body, tail, p.payload.Attachments...)
}

// frame returns a packet, ready to be sent.
func frame(p parser.Payload, head parser.Packet) *engine.Frame {
	var buf [64]byte
	return engine.NewFrame(p.AppendHead(buf[:0], head), p.Body, p.Attachments...)
}

// Namespace returns the name of the namespace that the packet is for.
func (p *Packet) Namespace() string { return p.namespace }

// Len returns the length of the packet in bytes, as a websocket carries it.
func (p *Packet) Len() int { return p.frame().Len() }

// Transient returns the packet marked to be left out of connection state
// recovery: it carries no offset and is not kept. Clients take a string at the end
// of an event for an offset, so a transient event of a server with recovery should not end with one.
func (p *Packet) Transient() *Packet {
	t := &Packet{namespace: p.namespace, payload: p.payload, transient: true}
	t.made.Store(p.made.Load())
	return t
}
