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
	expires int64               // unix seconds; 0 for never
	props   *packets.Properties // those that travel with a message; nil for none
	frames  [16]*frame
}

// publicationOf builds the publication of a bus message. own are the properties of the packet it came in by, nil when it did
// not come by MQTT: they hold more than a bus message does.
func publicationOf(m *bus.Message, own *packets.Properties) *publication {
	p := &publication{topic: m.Topic, payload: m.Payload, qos: m.QoS, retain: m.Retain, hops: m.Hops, at: m.At}
	if m.Origin.Adapter == bus.FromMQTT {
		p.origin = m.Origin.Conn
	}
	if own == nil {
		own = &packets.Properties{}
	}
	if p.setProps(m, own); own.MessageExpiryInterval > 0 {
		p.expires = m.At.Unix() + int64(own.MessageExpiryInterval)
	}
	return p
}

func (p *publication) setProps(m *bus.Message, own *packets.Properties) {
	if m.ContentType == "" && len(m.Props) == 0 && !own.PayloadFormatFlag && own.ResponseTopic == "" && len(own.CorrelationData) == 0 {
		return
	}
	p.props = &packets.Properties{
		ContentType: m.ContentType, PayloadFormat: own.PayloadFormat, PayloadFormatFlag: own.PayloadFormatFlag,
		ResponseTopic: own.ResponseTopic, CorrelationData: own.CorrelationData,
	}
	for _, prop := range m.Props {
		p.props.User = append(p.props.User, packets.UserProperty{Key: prop.Key, Val: prop.Value})
	}
}

func (p *publication) expired(now time.Time) bool { return p.expires > 0 && p.expires <= now.Unix() }

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
