package engine

import (
	"encoding/base64"
	"sync/atomic"

	"gateway/pkg/socketio/internal/wsframe"
)

// Frame is one or more packets, encoded once for every transport. It is
// immutable and may be sent to any number of connections.
type Frame struct {
	wire  []byte // websocket frames, ready to be written
	first span
	rest  []span
	alt   atomic.Pointer[Frame] // as revision 3 has it, once that was needed
}

// span is where the payload of a packet lies in wire.
type span struct {
	start, end int
	binary     bool
}

// NewFrame returns a frame of a message packet with the text head+body,
// followed by one binary packet for each attachment. head and body are copied,
// and must be valid UTF-8 together.
func NewFrame(head, body []byte, attachments ...[]byte) *Frame {
	return NewFrameTail(head, body, nil, attachments...)
}

// NewFrameTail is [NewFrame] for the text head+body+tail.
func NewFrameTail(head, body, tail []byte, attachments ...[]byte) *Frame {
	n := 1 + len(head) + len(body) + len(tail)
	size := wsframe.HeaderSize(n) + n
	for _, a := range attachments {
		size += wsframe.HeaderSize(len(a)) + len(a)
	}
	w := wsframe.AppendHeader(make([]byte, 0, size), wsframe.Text, n)
	f := &Frame{first: span{len(w), len(w) + n, false}}
	w = append(w, byte(message))
	w = append(w, head...)
	w = append(w, body...)
	f.wire = append(w, tail...)
	for _, a := range attachments {
		f.rest = append(f.rest, f.appendBinary(a))
	}
	return f
}

// NewBinaryFrame returns a frame of one binary message packet.
func NewBinaryFrame(b []byte) *Frame {
	f := &Frame{wire: make([]byte, 0, wsframe.HeaderSize(len(b))+len(b))}
	f.first = f.appendBinary(b)
	return f
}

// Message returns the text of a frame made by [NewFrame], and its attachments;
// do not modify them.
func (f *Frame) Message() (text []byte, attachments [][]byte) {
	for _, s := range f.rest {
		attachments = append(attachments, f.wire[s.start:s.end:s.end])
	}
	return f.wire[f.first.start+1 : f.first.end : f.first.end], attachments
}

// Len returns the length in bytes on a websocket.
func (f *Frame) Len() int { return len(f.wire) }

func (f *Frame) appendBinary(b []byte) span {
	f.wire = wsframe.AppendHeader(f.wire, wsframe.Binary, len(b))
	s := span{len(f.wire), len(f.wire) + len(b), true}
	f.wire = append(f.wire, b...)
	return s
}

// packetFrame returns a frame of one text packet.
func packetFrame(t packetType, data string) *Frame {
	n := 1 + len(data)
	w := wsframe.AppendHeader(make([]byte, 0, wsframe.HeaderSize(n)+n), wsframe.Text, n)
	f := &Frame{first: span{len(w), len(w) + n, false}}
	f.wire = append(append(w, byte(t)), data...)
	return f
}

// controlFrame wraps what has a meaning on a websocket only.
func controlFrame(wire []byte) *Frame { return &Frame{wire: wire} }

// appendPolled appends the packets as a payload of HTTP long-polling; b holds
// those that came before.
func (f *Frame) appendPolled(b []byte) []byte {
	b = f.appendSpan(b, f.first)
	for _, s := range f.rest {
		b = f.appendSpan(b, s)
	}
	return b
}

func (f *Frame) appendSpan(b []byte, s span) []byte {
	if s.end == 0 {
		return b
	}
	if len(b) > 0 {
		b = append(b, separator)
	}
	p := f.wire[s.start:s.end]
	if !s.binary {
		return append(b, p...)
	}
	return base64.StdEncoding.AppendEncode(append(b, 'b'), p)
}
