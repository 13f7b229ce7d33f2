package parser

// Assembler joins packets with the attachments that follow them. It copies
// what it returns. The zero value accepts nothing: set Limits.
type Assembler struct {
	Limits Limits

	pending *Whole
	left    int   // attachments to come
	bytes   int64 // of those that came
}

// Whole is a packet with its attachments.
type Whole struct {
	Packet
	Binaries [][]byte
}

// Text takes the text of a packet. The result is nil while attachments are
// to come; its memory is its own.
func (a *Assembler) Text(b []byte) (*Whole, error) {
	if a.pending != nil {
		return nil, ErrUnexpected
	}
	p, err := Decode(b, a.Limits)
	if err != nil {
		return nil, err
	}
	// One copy holds the namespace and the payload.
	own := make([]byte, 0, len(p.Namespace)+len(p.Data))
	own = append(append(own, p.Namespace...), p.Data...)
	n := len(p.Namespace)
	if n > 0 {
		p.Namespace = own[:n:n]
	}
	if p.Data != nil {
		p.Data = own[n:]
	}
	w := &Whole{Packet: p}
	if p.Attachments > 0 {
		a.pending, a.left, a.bytes = w, p.Attachments, 0
		return nil, nil
	}
	return w, nil
}

// Binary takes an attachment. The result is nil while more are to come.
func (a *Assembler) Binary(b []byte) (*Whole, error) {
	if a.pending == nil {
		return nil, ErrUnexpected
	}
	a.bytes += int64(len(b))
	if a.bytes > a.Limits.AttachmentBytes {
		return nil, ErrTooLarge
	}
	w := a.pending
	w.Binaries = append(w.Binaries, append(make([]byte, 0, len(b)), b...))
	if a.left--; a.left > 0 {
		return nil, nil
	}
	a.pending = nil
	return w, nil
}
