package engine

import (
	"bytes"
	"encoding/base64"
	"errors"
	"unicode/utf8"
)

// packetType is the first byte of a packet.
type packetType byte

const (
	open    packetType = '0'
	closing packetType = '1'
	ping    packetType = '2'
	pong    packetType = '3'
	message packetType = '4'
	upgrade packetType = '5'
	noop    packetType = '6'
)

// separator stands between the packets of a payload in Engine.IO 4.
const separator = 0x1e

// packet is one decoded packet; data lies in the memory it was decoded from.
type packet struct {
	typ    packetType
	data   []byte
	binary bool
}

// What a client can do wrong.
var (
	errEmptyPacket = errors.New("engine: empty packet")
	errPacketType  = errors.New("engine: unknown packet type")
	errBase64      = errors.New("engine: binary packet is not base64")
	errUTF8        = errors.New("engine: payload is not valid UTF-8")
)

// decodePacket reads a text packet.
func decodePacket(b []byte) (packet, error) {
	if len(b) == 0 {
		return packet{}, errEmptyPacket
	}
	t := packetType(b[0])
	if t < open || t > noop {
		return packet{}, errPacketType
	}
	return packet{typ: t, data: b[1:]}, nil
}

// decodePolled reads one packet of a long-polling payload. A binary one is
// decoded in place.
func decodePolled(b []byte) (packet, error) {
	if len(b) == 0 || b[0] != 'b' {
		return decodePacket(b)
	}
	b = b[1:]
	n, err := base64.StdEncoding.Decode(b, b)
	if err != nil {
		return packet{}, errBase64
	}
	return packet{typ: message, data: b[:n], binary: true}, nil
}

// decodePayload calls fn with each packet of a long-polling body, which it
// modifies. It stops at the first error, or when fn returns false.
func decodePayload(b []byte, fn func(packet) bool) error {
	if !utf8.Valid(b) {
		return errUTF8
	}
	for {
		head, rest, more := bytes.Cut(b, []byte{separator})
		p, err := decodePolled(head)
		if err != nil {
			return err
		}
		if !fn(p) || !more {
			return nil
		}
		b = rest
	}
}
