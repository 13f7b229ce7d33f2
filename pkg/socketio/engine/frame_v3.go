package engine

import (
	"encoding/base64"

	"gateway/pkg/socketio/internal/wsframe"
)

// in3 returns the frame as revision 3 has it: the same but for its binary
// packets, which begin with their type or, for a client that takes no binary, are base64 in text.
func (f *Frame) in3(base64 bool) *Frame {
	switch {
	case !f.first.binary && len(f.rest) == 0:
		return f
	case base64:
		return f.rewrite((*Frame).appendBase64)
	}
	g := f.alt.Load()
	if g == nil {
		g = f.rewrite((*Frame).appendTyped)
		f.alt.Store(g)
	}
	return g
}

// rewrite returns the frame with its binary packets written by put.
func (f *Frame) rewrite(put func(g *Frame, b []byte) span) *Frame {
	g := &Frame{wire: make([]byte, 0, len(f.wire)+len(f.rest)+1), first: f.first}
	if f.first.binary {
		g.first = put(g, f.wire[f.first.start:f.first.end])
	} else {
		g.wire = append(g.wire, f.wire[:f.first.end]...)
	}
	for _, s := range f.rest {
		g.rest = append(g.rest, put(g, f.wire[s.start:s.end]))
	}
	return g
}

// appendTyped appends a binary packet with its type.
func (f *Frame) appendTyped(b []byte) span {
	n := len(b) + 1
	f.wire = append(wsframe.AppendHeader(f.wire, wsframe.Binary, n), binaryMessage)
	f.wire = append(f.wire, b...)
	return span{len(f.wire) - n, len(f.wire), true}
}

// appendBase64 appends a binary packet as text.
func (f *Frame) appendBase64(b []byte) span {
	n := base64.StdEncoding.EncodedLen(len(b)) + 2
	f.wire = append(wsframe.AppendHeader(f.wire, wsframe.Text, n), 'b', byte(message))
	f.wire = base64.StdEncoding.AppendEncode(f.wire, b)
	return span{len(f.wire) - n, len(f.wire), false}
}

// binary reports whether a packet of the frame is binary.
func (f *Frame) binary() bool { return f.first.binary || len(f.rest) > 0 && f.rest[0].binary }

// appendPolled3 appends the packets, as in3 has returned them, to a payload.
func (f *Frame) appendPolled3(b []byte, octets bool) []byte {
	b = f.appendSpan3(b, f.first, octets)
	for _, s := range f.rest {
		b = f.appendSpan3(b, s, octets)
	}
	return b
}

func (f *Frame) appendSpan3(b []byte, s span, octets bool) []byte {
	switch {
	case s.end == 0:
		return b
	case octets:
		return appendOctets3(b, f.wire[s.start:s.end], s.binary)
	}
	return appendText3(b, f.wire[s.start:s.end])
}
