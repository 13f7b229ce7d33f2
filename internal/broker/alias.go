package broker

import (
	"encoding/binary"

	"github.com/mochi-mqtt/server/v2/packets"
)

// aliasProperty is how many bytes a topic alias takes in a packet.
const aliasProperty = 3

// topicAliases are the MQTT 5 topic aliases that a client was told on its connection: its first topics have one, and are sent
// once. The zero value gives none.
type topicAliases struct {
	limit   int // how many the client allows, within our own limit
	largest int // bytes of the largest packet the client takes; 0 for any
	known   map[string]uint16
}

// append appends f to dst, with an alias if its topic has or gets one, and returns where in that packet the identifier and the
// expiry are.
func (a *topicAliases) append(dst []byte, f *frame) (out []byte, idAt, expiryAt int) {
	topicAt := 1 + varintLen(f.bytes[1:])
	n := int(binary.BigEndian.Uint16(f.bytes[topicAt:]))
	if n <= aliasProperty {
		return append(dst, f.bytes...), f.idAt, f.expiryAt
	}
	topic := f.bytes[topicAt+2 : topicAt+2+n]
	alias, known := a.known[string(topic)]
	if !known && (len(a.known) >= a.limit || a.largest > 0 && len(f.bytes)+aliasProperty+2 > a.largest) {
		return append(dst, f.bytes...), f.idAt, f.expiryAt
	}
	if known {
		topic = nil
	} else {
		alias = a.add(string(topic))
	}
	return f.appendAliased(dst, topicAt, topic, alias)
}

func (a *topicAliases) add(topic string) uint16 {
	if a.known == nil {
		a.known = make(map[string]uint16)
	}
	alias := uint16(len(a.known) + 1)
	a.known[topic] = alias
	return alias
}

// appendAliased appends the frame of an MQTT 5 message whose topic is at topicAt, with another topic and an alias.
func (f *frame) appendAliased(dst []byte, topicAt int, topic []byte, alias uint16) (out []byte, idAt, expiryAt int) {
	at := topicAt + 2 + int(binary.BigEndian.Uint16(f.bytes[topicAt:]))
	id := f.bytes[at:at] // none with QoS 0
	if f.idAt > 0 {
		id = f.bytes[at : at+2]
	}
	properties, width := readVarint(f.bytes[at+len(id):])
	rest := f.bytes[at+len(id)+width:] // properties and payload

	start := len(dst)
	length := 2 + len(topic) + len(id) + varintWidth(properties+aliasProperty) + aliasProperty + len(rest)
	out = appendVarint(append(dst, f.bytes[0]), length)
	out = binary.BigEndian.AppendUint16(out, uint16(len(topic)))
	out = append(out, topic...)
	if len(id) > 0 {
		idAt = len(out) - start
		out = append(out, id...)
	}
	out = appendVarint(out, properties+aliasProperty)
	out = append(out, packets.PropTopicAlias)
	out = binary.BigEndian.AppendUint16(out, alias)
	if f.expiryAt > 0 {
		expiryAt = len(out) - start + f.expiryAt - (len(f.bytes) - len(rest))
	}
	return append(out, rest...), idAt, expiryAt
}

// readVarint reads a variable byte integer, and returns how many bytes it takes.
func readVarint(b []byte) (v, width int) {
	width = varintLen(b)
	for i := width - 1; i >= 0; i-- {
		v = v<<7 | int(b[i]&0x7f)
	}
	return v, width
}

func appendVarint(dst []byte, v int) []byte {
	for v >= 0x80 {
		dst = append(dst, byte(v)|0x80)
		v >>= 7
	}
	return append(dst, byte(v))
}

func varintWidth(v int) int {
	n := 1
	for v >= 0x80 {
		v >>= 7
		n++
	}
	return n
}
