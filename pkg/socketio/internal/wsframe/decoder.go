package wsframe

import (
	"unicode/utf8"
)

// Message is what a [Decoder] found: a whole message or a control frame.
type Message struct {
	Opcode  Opcode // never Continuation
	Payload []byte // unmasked; valid until the next call of Next or Feed
}

// Decoder makes messages of the bytes of one client, fed in pieces of any
// size. It keeps no memory between whole messages. The zero value is not
// usable: set Max.
type Decoder struct {
	Max int64 // longest message accepted, in bytes

	in   []byte // fed and not consumed; memory of the caller until Detach
	own  []byte // partial frame, or partial message, that the decoder keeps
	frag []byte // fragments of a message so far
	op   Opcode // of the fragmented message; 0 when there is none
}

// Feed gives the decoder the bytes that came next. It modifies them (unmasking)
// and refers to them until Next has returned false. No more may be fed before that.
func (d *Decoder) Feed(b []byte) {
	if len(d.own) > 0 {
		d.own = append(d.own, b...)
		d.in = d.own
		return
	}
	d.in = b
}

// Next returns the next message of what was fed, or false when more bytes are
// needed: then nothing refers to the caller's memory any more. After an error the decoder is of no use.
func (d *Decoder) Next() (m Message, ok bool, err error) {
	for {
		h, ok, err := ParseHeader(d.in)
		if err == nil && ok {
			err = d.admit(h)
		}
		if err != nil {
			return m, false, err
		}
		if !ok || uint64(len(d.in)-h.Size) < h.Length {
			d.keep(h, ok)
			return m, false, nil
		}
		p := d.in[h.Size : h.Size+int(h.Length)]
		d.in = d.in[h.Size+int(h.Length):]
		Unmask(p, h.Mask, 0)
		if m, ok, err = d.assemble(h, p); ok || err != nil {
			return m, ok, err
		}
	}
}

// admit judges a header by what came before it.
func (d *Decoder) admit(h Header) error {
	if h.Opcode.Control() {
		return nil
	}
	if h.Opcode == Continuation && d.op == 0 {
		return ErrNoMessage
	}
	if h.Opcode != Continuation && d.op != 0 {
		return ErrUnexpectedFrame
	}
	if h.Length > uint64(d.Max) || int64(len(d.frag))+int64(h.Length) > d.Max {
		return ErrMessageTooLarge
	}
	return nil
}

// keep moves an incomplete frame into memory of the decoder's own.
func (d *Decoder) keep(h Header, known bool) {
	in := d.in
	d.in = nil
	switch {
	case len(in) == 0:
		d.own = nil
	case len(d.own) == len(in):
		// Nothing of it was consumed: Feed goes on appending to it.
	default:
		d.own = append(make([]byte, 0, d.room(len(in), h, known)), in...)
	}
}

// room returns how much memory to set aside for a frame of which n bytes came.
// It is given for bytes that came, not for those announced.
func (d *Decoder) room(n int, h Header, known bool) int {
	if !known {
		return n + 16
	}
	return int(min(uint64(h.Size)+h.Length, uint64(2*n+4096)))
}

// assemble returns the message that the frame completes, if it does.
func (d *Decoder) assemble(h Header, p []byte) (Message, bool, error) {
	switch {
	case h.Opcode.Control():
		return Message{h.Opcode, p}, true, nil
	case h.Fin && d.op == 0:
		return whole(h.Opcode, p)
	case d.op == 0:
		d.op = h.Opcode
	}
	d.frag = append(d.frag, p...)
	if !h.Fin {
		return Message{}, false, nil
	}
	op, msg := d.op, d.frag
	d.op, d.frag = 0, nil
	return whole(op, msg)
}

// whole returns a complete message, if it is well formed.
func whole(op Opcode, p []byte) (Message, bool, error) {
	if op == Text && !utf8.Valid(p) {
		return Message{}, false, ErrInvalidUTF8
	}
	return Message{op, p}, true, nil
}

// Partial reports whether a message has begun and not ended.
func (d *Decoder) Partial() bool { return len(d.own) > 0 || d.op != 0 }
