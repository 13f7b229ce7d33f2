package broker

import (
	"bytes"
	"encoding/binary"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"

	"gateway/internal/bus"
)

// frame is one encoded PUBLISH, shared by every client that gets the same bytes. What differs between them is patched into
// the copy in the connection's buffer.
type frame struct {
	bytes    []byte
	v5       bool
	idAt     int // where the packet identifier is; 0 for QoS 0
	expiryAt int // where the MQTT 5 message expiry interval is; 0 for none
	payload  int // bytes
}

// outgoing is one message for one client.
type outgoing struct {
	frame    *frame
	expires  age    // 0 for never
	item     uint64 // on the session's disk; 0 for none
	wait     commit // until it is on disk nothing may be sent of it; nil when it is, or need not be
	id       uint16
	qos      byte
	stored   bool // a retained message, sent on SUBSCRIBE
	dup      bool // sent on an earlier connection
	released bool // QoS 2: PUBREL sent, only PUBCOMP is missing
	earlier  bool // published in an earlier run
}

// topic reads the topic from the packet, without the trail.
func (f *frame) topic() string {
	at := 1 + varintLen(f.bytes[1:])
	n := int(binary.BigEndian.Uint16(f.bytes[at:]))
	return plainTopic(string(f.bytes[at+2 : at+2+n]))
}

// patch writes what is this client's own into b, a copy of the frame, which has the identifier and the expiry in these places.
func (o *outgoing) patch(b []byte, idAt, expiryAt int, now age) {
	if o.dup {
		b[0] |= 1 << 3
	}
	if idAt > 0 {
		binary.BigEndian.PutUint16(b[idAt:], o.id)
	}
	if expiryAt > 0 {
		binary.BigEndian.PutUint32(b[expiryAt:], secondsUntil(o.expires, now))
	}
}

func (o *outgoing) expired(now age) bool { return o.expires > 0 && o.expires <= now }

// secondsUntil rounds up, so that what has not expired is never said to.
func secondsUntil(end, now age) uint32 {
	return uint32(max(1, int64((end-now+time.Second-1)/time.Second)))
}

// variant is what makes two frames of the same message differ.
type variant struct {
	v5, retain bool
	qos        byte
	ids        []int // MQTT 5 subscription identifiers
	hops       string
	trail      string // where it has been, for a linked gateway; "" for any other client
}

func (v variant) plain() bool { return len(v.ids) == 0 && v.hops == "" && v.trail == "" }

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
		TopicName:       bus.Envelop(v.trail, p.topic),
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
	f := &frame{bytes: buf.Bytes(), v5: v.v5, payload: len(p.payload)}
	f.locate(p, v, len(pk.TopicName))
	return f
}

func (f *frame) locate(p *publication, v variant, topic int) {
	at := 1 + varintLen(f.bytes[1:]) + 2 + topic
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
func (f *frame) convert(toV5 bool) *frame {
	if f.v5 == toV5 {
		return f
	}
	if next := reencode(f.bytes, f.v5, toV5); next != nil {
		return next
	}
	return f
}

// reencode makes a frame of an encoded PUBLISH, nil if it is none.
func reencode(b []byte, fromV5, toV5 bool) *frame {
	pk := packets.Packet{ProtocolVersion: version(fromV5)}
	if len(b) < 2 || pk.FixedHeader.Decode(b[0]) != nil || pk.FixedHeader.Type != packets.Publish {
		return nil
	}
	header := 1 + varintLen(b[1:])
	if header > len(b) || pk.PublishDecode(b[header:]) != nil {
		return nil
	}
	p := &publication{topic: pk.TopicName, payload: pk.Payload, props: &pk.Properties}
	if pk.Properties.MessageExpiryInterval > 0 {
		p.expires = 1 // where it is, not when: that is in the outgoing message
	}
	v := variant{v5: toV5, qos: pk.FixedHeader.Qos, retain: pk.FixedHeader.Retain}
	if fromV5 && toV5 {
		v.ids = pk.Properties.SubscriptionIdentifier
	}
	return encode(p, v)
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
	for n < 4 && n < len(b) && b[n-1]&0x80 != 0 {
		n++
	}
	return n
}
