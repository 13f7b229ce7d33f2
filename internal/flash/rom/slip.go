package rom

// The bytes that SLIP (RFC 1055) gives a meaning.
const (
	slipEnd    = 0xC0
	slipEscape = 0xDB
	slipEscEnd = 0xDC // after slipEscape: slipEnd itself
	slipEscEsc = 0xDD // after slipEscape: slipEscape itself
)

// maxFrame bounds what a frame may grow to when a line brings garbage; the loader's longest answer is far shorter.
const maxFrame = 4096

// frame returns payload between two ends, with what has a meaning escaped.
func frame(payload []byte) []byte {
	out := make([]byte, 0, len(payload)+len(payload)/64+8)
	out = append(out, slipEnd)
	for _, b := range payload {
		switch b {
		case slipEnd:
			out = append(out, slipEscape, slipEscEnd)
		case slipEscape:
			out = append(out, slipEscape, slipEscEsc)
		default:
			out = append(out, b)
		}
	}
	return append(out, slipEnd)
}

// decoder takes frames out of bytes. Every end closes a frame and may open one, so after garbage the very next frame counts.
type decoder struct {
	open    bool // an end was seen, and what followed it was sane
	escaped bool
	buf     []byte
}

// push takes one byte, and returns the frame that it completes, or nil. The frame is good until the next push.
func (d *decoder) push(b byte) []byte {
	switch {
	case b == slipEnd:
		return d.end()
	case !d.open:
	case d.escaped:
		d.unescape(b)
	case b == slipEscape:
		d.escaped = true
	case len(d.buf) == maxFrame:
		d.open = false
	default:
		d.buf = append(d.buf, b)
	}
	return nil
}

func (d *decoder) end() []byte {
	whole := d.buf
	if !d.open || d.escaped {
		whole = nil
	}
	*d = decoder{open: true, buf: d.buf[:0]}
	if len(whole) == 0 {
		return nil
	}
	return whole
}

func (d *decoder) unescape(b byte) {
	d.escaped = false
	switch b {
	case slipEscEnd:
		d.buf = append(d.buf, slipEnd)
	case slipEscEsc:
		d.buf = append(d.buf, slipEscape)
	default:
		d.open = false
	}
}
