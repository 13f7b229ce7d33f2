// Package wsframe reads and writes websocket frames (RFC 6455, section 5) as a client. It does no I/O.
package wsframe

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Opcodes.
const (
	Continuation = 0x0
	Text         = 0x1
	Binary       = 0x2
	Close        = 0x8
	Ping         = 0x9
	Pong         = 0xA
)

// MaxPayload is the longest payload Parse takes, in bytes. No workload comes near it.
const MaxPayload = 16 << 20

// ErrMasked: a server must not mask its frames.
var ErrMasked = errors.New("server frame is masked")

// Frame is one frame from a server. Payload is part of the bytes that were parsed.
type Frame struct {
	Final   bool
	Op      byte
	Payload []byte
}

// Parse takes the first frame off b. When b does not hold a whole frame, ok is false and rest is b.
func Parse(b []byte) (f Frame, rest []byte, ok bool, err error) {
	head, size, ok := header(b)
	switch {
	case !ok:
		return f, b, false, nil
	case b[1]&0x80 != 0:
		return f, b, false, ErrMasked
	case size > MaxPayload:
		return f, b, false, fmt.Errorf("frame of %d bytes, at most %d allowed", size, MaxPayload)
	case len(b) < head+int(size):
		return f, b, false, nil
	}
	end := head + int(size)
	return Frame{Final: b[0]&0x80 != 0, Op: b[0] & 0x0F, Payload: b[head:end]}, b[end:], true, nil
}

// header returns the lengths of header and payload, and false if b is shorter than the header.
func header(b []byte) (head int, size uint64, ok bool) {
	if len(b) < 2 {
		return 0, 0, false
	}
	switch n := b[1] & 0x7F; {
	case n == 127 && len(b) >= 10:
		return 10, binary.BigEndian.Uint64(b[2:]), true
	case n == 126 && len(b) >= 4:
		return 4, uint64(binary.BigEndian.Uint16(b[2:])), true
	case n < 126:
		return 2, uint64(n), true
	}
	return 0, 0, false
}

// mask is the same for every frame: it has to be there and to cost the server its unmasking, no more.
const mask = "\x5A\xC3\x17\x8E"

// Append appends a final, masked client frame to b.
func Append(b []byte, op byte, payload []byte) []byte {
	b = append(b, 0x80|op)
	switch n := len(payload); {
	case n < 126:
		b = append(b, 0x80|byte(n))
	case n < 1<<16:
		b = append(b, 0x80|126)
		b = binary.BigEndian.AppendUint16(b, uint16(n))
	default:
		b = append(b, 0x80|127)
		b = binary.BigEndian.AppendUint64(b, uint64(n))
	}
	b = append(b, mask...)
	for i, c := range payload {
		b = append(b, c^mask[i&3])
	}
	return b
}
