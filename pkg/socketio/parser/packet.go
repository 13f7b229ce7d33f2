// Package parser reads and writes the packets of Socket.IO protocol revision 5.
// It is pure: no I/O, no clock, no goroutine.
package parser

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"strconv"
)

// Type is the kind of a packet: the first character on the wire.
type Type byte

// The kinds of packets.
const (
	Connect      Type = '0'
	Disconnect   Type = '1'
	Event        Type = '2'
	Ack          Type = '3'
	ConnectError Type = '4'
	BinaryEvent  Type = '5'
	BinaryAck    Type = '6'
)

// Binary reports whether attachments follow packets of the kind.
func (t Type) Binary() bool { return t == BinaryEvent || t == BinaryAck }

// What can be wrong with a packet.
var (
	ErrEmpty       = errors.New("parser: empty packet")
	ErrType        = errors.New("parser: unknown packet type")
	ErrAttachments = errors.New("parser: bad number of attachments")
	ErrNamespace   = errors.New("parser: namespace is too long")
	ErrID          = errors.New("parser: bad acknowledgement id")
	ErrPayload     = errors.New("parser: payload does not suit the packet type")
	ErrEventName   = errors.New("parser: event name is no string, or reserved")
	ErrUnexpected  = errors.New("parser: text and attachments are out of order")
	ErrTooLarge    = errors.New("parser: attachments are too large")
	ErrPlaceholder = errors.New("parser: placeholder of no attachment")
)

// Limits bounds what is accepted.
type Limits struct {
	Namespace       int   // bytes of a name
	Attachments     int   // of one packet
	AttachmentBytes int64 // of one packet, together
}

// Packet is the text of a packet. Its slices lie in the memory it was decoded from.
type Packet struct {
	Type        Type
	Namespace   []byte // begins with "/", without a query; nil stands for "/"
	ID          uint64 // acknowledgement id, if HasID
	HasID       bool
	Attachments int
	Data        []byte // valid JSON; nil when absent
}

// Decode reads a packet, strictly: what the protocol does not allow is an error.
func Decode(b []byte, lim Limits) (p Packet, err error) {
	if len(b) == 0 {
		return p, ErrEmpty
	}
	p.Type = Type(b[0])
	if p.Type < Connect || p.Type > BinaryAck {
		return p, ErrType
	}
	b = b[1:]
	if p.Type.Binary() {
		if b, err = p.attachments(b, lim.Attachments); err != nil {
			return p, err
		}
	}
	if b, err = p.namespace(b, lim.Namespace); err != nil {
		return p, err
	}
	if b, err = p.id(b); err != nil {
		return p, err
	}
	if len(b) > 0 {
		p.Data = b
	}
	return p, p.check()
}

// attachments reads "3-".
func (p *Packet) attachments(b []byte, limit int) ([]byte, error) {
	head, rest, ok := bytes.Cut(b, []byte{'-'})
	n, err := strconv.ParseUint(string(head), 10, 16)
	if !ok || err != nil || n > uint64(limit) {
		return nil, ErrAttachments
	}
	p.Attachments = int(n)
	return rest, nil
}

// namespace reads "/name?query,". The comma may only be missing at the end.
func (p *Packet) namespace(b []byte, limit int) ([]byte, error) {
	if len(b) == 0 || b[0] != '/' {
		return b, nil
	}
	name, rest, _ := bytes.Cut(b, []byte{','})
	name, _, _ = bytes.Cut(name, []byte{'?'})
	if len(name) > limit {
		return nil, ErrNamespace
	}
	if len(name) > 1 {
		p.Namespace = name
	}
	return rest, nil
}

// id reads digits.
func (p *Packet) id(b []byte) ([]byte, error) {
	n := 0
	for n < len(b) && b[n] >= '0' && b[n] <= '9' {
		n++
	}
	if n == 0 {
		return b, nil
	}
	id, err := strconv.ParseUint(string(b[:n]), 10, 64)
	if err != nil || id > math.MaxInt64 {
		return nil, ErrID
	}
	p.ID, p.HasID = id, true
	return b[n:], nil
}

// check judges the payload by the type.
func (p *Packet) check() error {
	var first byte
	if p.Data != nil {
		if !json.Valid(p.Data) {
			return ErrPayload
		}
		first = bytes.TrimLeft(p.Data, " \t\r\n")[0]
	}
	ok := false
	switch p.Type {
	case Connect:
		ok = !p.HasID && (first == 0 || first == '{')
	case Disconnect:
		ok = !p.HasID && first == 0
	case Event, BinaryEvent:
		ok = first == '['
	case Ack, BinaryAck:
		ok = p.HasID && first == '['
	case ConnectError:
		ok = !p.HasID && (first == '{' || first == '"')
	}
	if !ok {
		return ErrPayload
	}
	return nil
}

// AppendHead appends what comes before the payload of a packet.
func AppendHead(b []byte, p Packet) []byte {
	b = append(b, byte(p.Type))
	if p.Type.Binary() {
		b = append(strconv.AppendInt(b, int64(p.Attachments), 10), '-')
	}
	if len(p.Namespace) > 1 {
		b = append(append(b, p.Namespace...), ',')
	}
	if p.HasID {
		b = strconv.AppendUint(b, p.ID, 10)
	}
	return b
}
