package broker

import (
	"bytes"
	"strconv"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"

	"gateway/internal/bus"
)

// hopsProperty is the MQTT 5 user property in which the number of passed rules travels between gateways.
const hopsProperty = "gateway-hops"

// publication is one message on its way to MQTT subscribers, with the frames made of it so far.
type publication struct {
	topic   string
	payload []byte
	qos     byte
	retain  bool
	origin  string // client id of the MQTT client that sent it, "" for any other
	hops    int
	at      time.Time
	expiry  uint32              // message expiry interval as it came; 0 for none
	expires age                 // 0 for never
	since   age                 // when it was published, as messages count; only of those that expire
	earlier bool                // published in an earlier run
	props   *packets.Properties // those that travel with a message; nil for none
	seq     uint64              // on the bus; 0 for a retained message of an earlier run
	trail   bus.Trail
	frames  [16]*frame
}

// publicationOf builds the publication of a bus message.
func (b *Broker) publicationOf(m *bus.Message) *publication {
	p := &publication{
		topic: m.Topic, payload: m.Payload, qos: m.QoS, retain: m.Retain, hops: m.Hops, at: m.At,
		expiry: m.Expiry, expires: b.clock.after(m.Expiry), seq: m.Seq, trail: m.Trail,
	}
	if m.Expiry > 0 {
		p.since = b.clock.counted()
	}
	if m.Origin.Adapter == bus.FromMQTT {
		p.origin = m.Origin.Conn
	}
	p.setProps(m)
	return p
}

func (p *publication) setProps(m *bus.Message) {
	if m.ContentType == "" && len(m.Props) == 0 && !m.UTF8 && m.ResponseTopic == "" && len(m.Correlation) == 0 {
		return
	}
	p.props = &packets.Properties{
		ContentType: m.ContentType, PayloadFormatFlag: m.UTF8, ResponseTopic: m.ResponseTopic, CorrelationData: m.Correlation,
	}
	if m.UTF8 {
		p.props.PayloadFormat = 1
	}
	for _, prop := range m.Props {
		p.props.User = append(p.props.User, packets.UserProperty{Key: prop.Key, Val: prop.Value})
	}
}

func (p *publication) expired(now age) bool { return p.expires > 0 && p.expires <= now }

// frame returns the encoded form for a variant, made once for all plain ones.
func (p *publication) frame(v variant) *frame {
	if !v.plain() {
		return encode(p, v)
	}
	f := &p.frames[v.index()]
	if *f == nil {
		*f = encode(p, v)
	}
	return *f
}

func (p *publication) properties(v variant) packets.Properties {
	var props packets.Properties
	if p.props != nil {
		props = *p.props
	}
	if p.expires > 0 {
		props.MessageExpiryInterval = 1 // patched when it is sent
	}
	props.SubscriptionIdentifier = v.ids
	if v.hops != "" {
		props.User = append(props.User[:len(props.User):len(props.User)], packets.UserProperty{Key: hopsProperty, Val: v.hops})
	}
	return props
}

// nextHops is what another gateway is told.
func (p *publication) nextHops() string { return strconv.Itoa(p.hops + 1) }

// encodeProps returns the properties that a retained message keeps, in MQTT's own encoding; nil for none.
func (p *publication) encodeProps() []byte {
	if p.props == nil {
		return nil
	}
	var buf bytes.Buffer
	p.props.Encode(packets.Publish, packets.Mods{AllowResponseInfo: true}, &buf, 0)
	return buf.Bytes()
}
