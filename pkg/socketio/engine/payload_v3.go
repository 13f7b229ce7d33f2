package engine

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strconv"
	"unicode/utf8"
)

// Engine.IO 3 knows two forms of a long-polling payload: in text each packet
// follows its length in UTF-16 code units and a colon; in octets it follows a
// byte that tells binary from text, the decimal digits of its length in bytes, and 255.

const (
	octetText   = 0x00
	octetBinary = 0x01
	octetEnd    = 0xff
	// binaryMessage is the first byte of a binary packet. Only messages can be binary.
	binaryMessage = 0x04
	// maxDigits bounds the digits of a length.
	maxDigits = 9
)

// errLength is a length that does not suit the payload.
var errLength = errors.New("engine: bad packet length in payload")

// decodePayload3 calls fn with each packet of a long-polling body of revision
// 3, which it modifies. It stops at the first error, or when fn returns false.
func decodePayload3(b []byte, octets bool, fn func(packet) bool) error {
	next := nextText3
	if octets {
		next = nextOctets3
	} else if !utf8.Valid(b) {
		return errUTF8
	}
	if len(b) == 0 {
		return errEmptyPacket
	}
	for len(b) > 0 {
		p, rest, err := next(b)
		if err != nil {
			return err
		}
		// The reference encodes no packets as "0:".
		if p.typ != 0 && !fn(p) {
			return nil
		}
		b = rest
	}
	return nil
}

// nextText3 reads "5:4hello" from the front. The packet has no type when the length is 0.
func nextText3(b []byte) (p packet, rest []byte, err error) {
	head, _, ok := bytes.Cut(b[:min(len(b), maxDigits+1)], []byte{':'})
	n, err := strconv.ParseUint(string(head), 10, 31)
	if !ok || err != nil {
		return p, nil, errLength
	}
	rest = b[len(head)+1:]
	end := cutUnits(rest, int(n))
	if end < 0 {
		return p, nil, errLength
	}
	if end > 0 {
		p, err = decodeText3(rest[:end])
	}
	return p, rest[end:], err
}

// nextOctets3 reads a packet in octets from the front.
func nextOctets3(b []byte) (p packet, rest []byte, err error) {
	n, i := 0, 1
	for ; i < len(b) && b[i] <= 9 && i <= maxDigits; i++ {
		n = n*10 + int(b[i])
	}
	if i == 1 || i == len(b) || b[i] != octetEnd || n > len(b)-i-1 {
		return p, nil, errLength
	}
	kind := b[0]
	b, rest = b[i+1:i+1+n], b[i+1+n:]
	switch kind {
	case octetBinary:
		p, err = decodeBinary3(b)
	case octetText:
		if !utf8.Valid(b) {
			return p, nil, errUTF8
		}
		p, err = decodeText3(b)
	default:
		err = errPacketType
	}
	return p, rest, err
}

// decodeText3 reads a text packet, which may hold a binary one in base64: it
// is decoded in place.
func decodeText3(b []byte) (packet, error) {
	if len(b) == 0 || b[0] != 'b' {
		return decodePacket(b)
	}
	if len(b) == 1 || packetType(b[1]) != message {
		return packet{}, errPacketType
	}
	b = b[2:]
	n, err := base64.StdEncoding.Decode(b, b)
	if err != nil {
		return packet{}, errBase64
	}
	return packet{typ: message, data: b[:n], binary: true}, nil
}

// decodeBinary3 reads a binary packet.
func decodeBinary3(b []byte) (packet, error) {
	if len(b) == 0 {
		return packet{}, errEmptyPacket
	}
	if b[0] != binaryMessage {
		return packet{}, errPacketType
	}
	return packet{typ: message, data: b[1:], binary: true}, nil
}

// cutUnits returns how many bytes of the valid UTF-8 hold n UTF-16 code units;
// -1 if no part at its front does.
func cutUnits(b []byte, n int) int {
	i := 0
	for n > 0 && i < len(b) {
		if b[i] < utf8.RuneSelf {
			i++
			n--
			continue
		}
		_, size := utf8.DecodeRune(b[i:])
		i += size
		n -= unitsOf(size)
	}
	if n != 0 {
		return -1
	}
	return i
}

// units returns the length of valid UTF-8 in UTF-16 code units, as strings in JavaScript have it.
func units(b []byte) int {
	n := 0
	for i := 0; i < len(b); {
		size := 1
		if b[i] >= utf8.RuneSelf {
			_, size = utf8.DecodeRune(b[i:])
		}
		i += size
		n += unitsOf(size)
	}
	return n
}

// unitsOf returns the UTF-16 code units of a character of so many bytes in UTF-8.
func unitsOf(size int) int {
	if size == 4 {
		return 2 // a surrogate pair
	}
	return 1
}

// appendText3 appends a packet in text to a payload.
func appendText3(b, p []byte) []byte {
	b = append(strconv.AppendInt(b, int64(units(p)), 10), ':')
	return append(b, p...)
}

// appendOctets3 appends a packet in octets to a payload.
func appendOctets3(b, p []byte, binary bool) []byte {
	kind := byte(octetText)
	if binary {
		kind = octetBinary
	}
	b = append(b, kind)
	at := len(b)
	b = strconv.AppendInt(b, int64(len(p)), 10)
	for i := at; i < len(b); i++ {
		b[i] -= '0'
	}
	return append(append(b, octetEnd), p...)
}

// isOctets tells the two forms of an encoded payload apart.
func isOctets(payload []byte) bool { return len(payload) > 0 && payload[0] <= octetBinary }
