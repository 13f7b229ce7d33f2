// Package wsframe is the server's side of RFC 6455 framing, without I/O: it
// reads frames from bytes and writes headers to bytes. Extensions are not spoken.
package wsframe

import (
	"encoding/binary"
	"errors"
)

// Opcode is the kind of a frame (RFC 6455, section 5.2).
type Opcode byte

// The opcodes that exist.
const (
	Continuation Opcode = 0x0
	Text         Opcode = 0x1
	Binary       Opcode = 0x2
	Close        Opcode = 0x8
	Ping         Opcode = 0x9
	Pong         Opcode = 0xA
)

// Control reports whether frames of the kind may come between fragments.
func (o Opcode) Control() bool { return o&0x8 != 0 }

// MaxHeader is the longest header, in bytes, that a server writes.
const MaxHeader = 10

// maxControl is the longest payload of a control frame.
const maxControl = 125

// What a client can do wrong, each its own sentence.
var (
	ErrReservedBits     = errors.New("websocket: reserved bits are set, but no extension was negotiated")
	ErrOpcode           = errors.New("websocket: unknown opcode")
	ErrNotMasked        = errors.New("websocket: client frame is not masked")
	ErrControlLength    = errors.New("websocket: control frame is longer than 125 bytes")
	ErrControlFragment  = errors.New("websocket: control frame is fragmented")
	ErrLength           = errors.New("websocket: payload length is not minimal or has its top bit set")
	ErrUnexpectedFrame  = errors.New("websocket: new message inside a fragmented one")
	ErrNoMessage        = errors.New("websocket: continuation frame outside a message")
	ErrMessageTooLarge  = errors.New("websocket: message is too large")
	ErrInvalidUTF8      = errors.New("websocket: text is not valid UTF-8")
	ErrInvalidCloseCode = errors.New("websocket: close frame carries an invalid code")
)

// Header is the head of a frame from a client.
type Header struct {
	Fin    bool
	Opcode Opcode
	Length uint64 // of the payload, in bytes
	Mask   [4]byte
	Size   int // of the header itself, in bytes
}

// ParseHeader reads the header at the start of b. With too few bytes it
// returns ok false and no error.
func ParseHeader(b []byte) (h Header, ok bool, err error) {
	if len(b) < 2 {
		return h, false, nil
	}
	h.Fin, h.Opcode, h.Size = b[0]&0x80 != 0, Opcode(b[0]&0x0f), 6
	if err := h.check(b[0], b[1]); err != nil {
		return h, false, err
	}
	h.Length = uint64(b[1] & 0x7f)
	switch h.Length {
	case 126:
		h.Size = 8
	case 127:
		h.Size = 14
	}
	if len(b) < h.Size {
		return h, false, nil
	}
	if err := h.extend(b); err != nil {
		return h, false, err
	}
	copy(h.Mask[:], b[h.Size-4:])
	return h, true, nil
}

// check judges the first two bytes.
func (h *Header) check(b0, b1 byte) error {
	switch {
	case b0&0x70 != 0:
		return ErrReservedBits
	case h.Opcode > Binary && h.Opcode < Close || h.Opcode > Pong:
		return ErrOpcode
	case b1&0x80 == 0:
		return ErrNotMasked
	case h.Opcode.Control() && b1&0x7f > maxControl:
		return ErrControlLength
	case h.Opcode.Control() && !h.Fin:
		return ErrControlFragment
	}
	return nil
}

// extend reads the extended length, which must be the shortest form.
func (h *Header) extend(b []byte) error {
	switch h.Size {
	case 8:
		h.Length = uint64(binary.BigEndian.Uint16(b[2:]))
		if h.Length < 126 {
			return ErrLength
		}
	case 14:
		h.Length = binary.BigEndian.Uint64(b[2:])
		if h.Length < 1<<16 || h.Length>>63 != 0 {
			return ErrLength
		}
	}
	return nil
}

// AppendHeader appends the header of an unfragmented frame of n bytes from a server.
func AppendHeader(b []byte, op Opcode, n int) []byte {
	b = append(b, 0x80|byte(op))
	switch {
	case n < 126:
		return append(b, byte(n))
	case n < 1<<16:
		return binary.BigEndian.AppendUint16(append(b, 126), uint16(n))
	}
	return binary.BigEndian.AppendUint64(append(b, 127), uint64(n))
}

// HeaderSize returns how many bytes [AppendHeader] appends for n bytes of payload.
func HeaderSize(n int) int {
	switch {
	case n < 126:
		return 2
	case n < 1<<16:
		return 4
	}
	return 10
}

// Unmask removes the mask from b in place. pos is the offset of b in its payload.
func Unmask(b []byte, mask [4]byte, pos int) {
	var k [4]byte
	for i := range k {
		k[i] = mask[(pos+i)&3]
	}
	m := binary.LittleEndian.Uint32(k[:])
	m8 := uint64(m)<<32 | uint64(m)
	for len(b) >= 8 {
		binary.LittleEndian.PutUint64(b, binary.LittleEndian.Uint64(b)^m8)
		b = b[8:]
	}
	for i := range b {
		b[i] ^= k[i&3]
	}
}
