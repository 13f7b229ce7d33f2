//go:build linux

package simulator

// Bytes of SLIP, the framing of the ROM's protocol.
const (
	slipEnd     = 0xC0
	slipEscape  = 0xDB
	slipEscaped = 0xDC // the end, after an escape
	slipDouble  = 0xDD // the escape, after an escape
)

// frame wraps a packet for the line.
func frame(packet []byte) []byte {
	out := make([]byte, 0, len(packet)+8)
	out = append(out, slipEnd)
	for _, b := range packet {
		switch b {
		case slipEnd:
			out = append(out, slipEscape, slipEscaped)
		case slipEscape:
			out = append(out, slipEscape, slipDouble)
		default:
			out = append(out, b)
		}
	}
	return append(out, slipEnd)
}

// longest is how many bytes of a packet the chip keeps: the RAM loader's blocks of 16 KiB and their headers fit.
const longest = 32 << 10

// deframer takes packets out of what comes on the line; what stands between them, and what is malformed, is dropped.
type deframer struct {
	packet  []byte
	inside  bool
	escaped bool
}

// next takes one byte, and returns a packet when the byte ends one.
func (d *deframer) next(b byte) []byte {
	switch {
	case b == slipEnd && d.inside && len(d.packet) > 0:
		packet := d.packet
		*d = deframer{}
		return packet
	case b == slipEnd:
		*d = deframer{inside: true}
	case !d.inside:
	case d.escaped:
		d.unescape(b)
	case b == slipEscape:
		d.escaped = true
	case len(d.packet) == longest:
		*d = deframer{}
	default:
		d.packet = append(d.packet, b)
	}
	return nil
}

func (d *deframer) unescape(b byte) {
	d.escaped = false
	switch b {
	case slipEscaped:
		d.packet = append(d.packet, slipEnd)
	case slipDouble:
		d.packet = append(d.packet, slipEscape)
	default:
		*d = deframer{}
	}
}
