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
	expires int64              // unix seconds; 0 for never
	props   packets.Properties // those that travel with a message
	frames  [16]*frame
}

// publicationOf builds the publication of a bus message. own are the properties of the packet it came in by, nil when it did
// not come by MQTT: they hold more than a bus message does.
func publicationOf(m *bus.Message, own *packets.Properties) *publication {
	p := &publication{topic: m.Topic, payload: m.Payload, qos: m.QoS, retain: m.Retain, hops: m.Hops, at: m.At}
	if m.Origin.Adapter == bus.FromMQTT {
		p.origin = m.Origin.Conn
	}
	p.props.ContentType = m.ContentType
	for _, prop := range m.Props {
		p.props.User = append(p.props.User, packets.UserProperty{Key: prop.Key, Val: prop.Value})
	}
	if own == nil {
		return p
	}
	p.props.PayloadFormat, p.props.PayloadFormatFlag = own.PayloadFormat, own.PayloadFormatFlag
	p.props.ResponseTopic, p.props.CorrelationData = own.ResponseTopic, own.CorrelationData
	p.expireAfter(own.MessageExpiryInterval)
	return p
}

func (p *publication) expireAfter(seconds uint32) {
	if seconds > 0 {
		p.expires = p.at.Unix() + int64(seconds)
		p.props.MessageExpiryInterval = seconds
	}
}

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
	props := p.props
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
	props := p.props
	props.MessageExpiryInterval = 0 // kept apart, since it counts down
	var buf bytes.Buffer
	props.Encode(packets.Publish, packets.Mods{AllowResponseInfo: true}, &buf, 0)
	if buf.Len() <= 1 {
		return nil
	}
	return buf.Bytes()
}
