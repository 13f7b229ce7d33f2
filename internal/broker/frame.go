package broker

import (
	"bytes"
	"encoding/binary"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
)

// frame is one encoded PUBLISH, shared by every client that gets the same bytes. What differs between them is patched into
// the copy in the connection's buffer.
type frame struct {
	bytes    []byte
	idAt     int // where the packet identifier is; 0 for QoS 0
	expiryAt int // where the MQTT 5 message expiry interval is; 0 for none
	payload  int // bytes
}

// outgoing is one message for one client.
type outgoing struct {
	frame    *frame
	expires  int64 // unix seconds; 0 for never
	id       uint16
	qos      byte
	stored   bool // a retained message, sent on SUBSCRIBE
	dup      bool // sent on an earlier connection
	released bool // QoS 2: PUBREL sent, only PUBCOMP is missing
}

// patch writes what is this client's own into b, a copy of the frame.
func (o *outgoing) patch(b []byte, now time.Time) {
	if o.dup {
		b[0] |= 1 << 3
	}
	if o.frame.idAt > 0 {
		binary.BigEndian.PutUint16(b[o.frame.idAt:], o.id)
	}
	if o.frame.expiryAt > 0 {
		left := max(o.expires-now.Unix(), 1)
		binary.BigEndian.PutUint32(b[o.frame.expiryAt:], uint32(left))
	}
}

func (o *outgoing) expired(now time.Time) bool { return o.expires > 0 && o.expires <= now.Unix() }

// variant is what makes two frames of the same message differ.
type variant struct {
	v5, retain bool
	qos        byte
	ids        []int // MQTT 5 subscription identifiers
	hops       string
}

func (v variant) plain() bool { return len(v.ids) == 0 && v.hops == "" }

func (v variant) index() int {
	i := int(v.qos)
	if v.v5 {
		i |= 4
	}
	if v.retain {
		i |= 8
	}
	return i
}

// encode makes the frame of a publication for a variant. It returns nil for what MQTT cannot carry, which the bus has refused
// before.
func encode(p *publication, v variant) *frame {
	pk := packets.Packet{
		FixedHeader:     packets.FixedHeader{Type: packets.Publish, Qos: v.qos, Retain: v.retain},
		ProtocolVersion: version(v.v5),
		TopicName:       p.topic,
		Payload:         p.payload,
		PacketID:        1,
	}
	if v.v5 {
		pk.Properties = p.properties(v)
		pk.Mods.AllowResponseInfo = true
	}
	var buf bytes.Buffer
	buf.Grow(len(p.payload) + len(p.topic) + 32)
	if err := pk.PublishEncode(&buf); err != nil {
		return nil
	}
	f := &frame{bytes: buf.Bytes(), payload: len(p.payload)}
	f.locate(p, v)
	return f
}

func (f *frame) locate(p *publication, v variant) {
	at := 1 + varintLen(f.bytes[1:]) + 2 + len(p.topic)
	if v.qos > 0 {
		f.idAt = at
		at += 2
	}
	if v.v5 && p.expires > 0 {
		at += varintLen(f.bytes[at:])
		if p.props != nil && p.props.PayloadFormatFlag {
			at += 2
		}
		f.expiryAt = at + 1
	}
}

// convert makes the frame for a client that came back with the other protocol version.
func (f *frame) convert(fromV5, toV5 bool) *frame {
	header := 1 + varintLen(f.bytes[1:])
	pk := packets.Packet{ProtocolVersion: version(fromV5)}
	if pk.FixedHeader.Decode(f.bytes[0]) != nil || pk.PublishDecode(f.bytes[header:]) != nil {
		return f
	}
	p := &publication{topic: pk.TopicName, payload: pk.Payload, props: &pk.Properties}
	if pk.Properties.MessageExpiryInterval > 0 {
		p.expires = 1 // where it is, not when: that is in the outgoing message
	}
	if next := encode(p, variant{v5: toV5, qos: pk.FixedHeader.Qos, retain: pk.FixedHeader.Retain}); next != nil {
		return next
	}
	return f
}

func version(v5 bool) byte {
	if v5 {
		return 5
	}
	return 4
}

// varintLen is how many bytes the variable byte integer at the start of b takes.
func varintLen(b []byte) int {
	n := 1
	for n < 4 && b[n-1]&0x80 != 0 {
		n++
	}
	return n
}
