package broker

import (
	"bytes"
	"context"
	"errors"
	"strconv"

	"github.com/mochi-mqtt/server/v2/packets"

	"gateway/internal/bus"
	"gateway/internal/fault"
)

// publish takes a client's PUBLISH to the bus and acknowledges it. A code ends the connection.
func (b *Broker) publish(c *conn, s *session, pk *packets.Packet) *packets.Code {
	if code := pk.PublishValidate(maxAliases); code != packets.CodeSuccess {
		return &code
	}
	if code := c.resolveAlias(pk); code != nil {
		return code
	}
	c.rate.wait(c.gone)
	if pk.FixedHeader.Qos == 2 {
		return b.publishExactlyOnce(c, s, pk)
	}
	receipt, err := b.enter(c, s, pk)
	if pk.FixedHeader.Qos == 0 {
		return nil
	}
	b.answer(c, waitOf(receipt, err), b.acknowledging(c, s, pk))
	return nil
}

// publishExactlyOnce remembers the packet identifier until the client releases it.
func (b *Broker) publishExactlyOnce(c *conn, s *session, pk *packets.Packet) *packets.Code {
	a, isNew := s.take(pk.PacketID, int(b.opts.MaxInflight))
	switch {
	case a == nil:
		return &packets.ErrReceiveMaximum
	case !isNew && !s.renew(a): // sent again because our PUBREC was lost
		b.answer(c, a.wait, b.acknowledging(c, s, pk))
		return nil
	}
	receipt, err := b.enter(c, s, pk)
	a.enter(receipt, err)
	b.answer(c, waitOf(receipt, err), b.acknowledging(c, s, pk))
	return nil
}

// waitOf is what an acknowledgement waits for; nil for nothing.
func waitOf(r bus.Receipt, err error) commit {
	switch {
	case err != nil:
		return func(context.Context) error { return err }
	case r.Durable():
		return r.Wait
	}
	return nil
}

// enter publishes the packet on the bus.
func (b *Broker) enter(c *conn, s *session, pk *packets.Packet) (bus.Receipt, error) {
	m := bus.Message{
		Topic: pk.TopicName, Payload: ownPayload(pk), QoS: pk.FixedHeader.Qos, Retain: pk.FixedHeader.Retain,
		Origin: bus.Origin{Adapter: bus.FromMQTT, Conn: s.id}, Principal: c.publisher.principal,
	}
	if m.QoS == 2 {
		m.PacketID = pk.PacketID
	}
	setProperties(&m, &pk.Properties)
	s.unfold(&m)
	receipt, err := b.bus.Publish(m)
	if err != nil {
		b.dropped(string(fault.CodeOf(err)), s.id)
		return receipt, err
	}
	b.count.in.Add(1)
	return receipt, nil
}

// ownPayload copies a payload that is a small part of its packet: who keeps the message would keep the whole packet alive.
func ownPayload(pk *packets.Packet) []byte {
	const waste = 512
	if pk.FixedHeader.Remaining > 2*len(pk.Payload)+waste {
		return bytes.Clone(pk.Payload)
	}
	return pk.Payload
}

// setProperties puts MQTT 5 properties into a message.
func setProperties(m *bus.Message, p *packets.Properties) {
	m.ContentType, m.ResponseTopic, m.Correlation = p.ContentType, p.ResponseTopic, p.CorrelationData
	m.Expiry, m.UTF8 = p.MessageExpiryInterval, p.PayloadFormatFlag && p.PayloadFormat == 1
	m.Props, m.Hops = userProps(p.User)
}

// userProps returns a message's own user properties, and the hops that another gateway counted.
func userProps(user []packets.UserProperty) (props []bus.Prop, hops int) {
	for _, u := range user {
		if u.Key != hopsProperty {
			props = append(props, bus.Prop{Key: u.Key, Value: u.Val})
			continue
		}
		n, err := strconv.Atoi(u.Val)
		if err != nil || n < 0 || n > bus.MaxHops {
			n = bus.MaxHops + 1 // one that nobody counted properly has gone round
		}
		hops = max(hops, n)
	}
	return props, hops
}

// acknowledging returns what answers a QoS 1 or 2 message. An MQTT 5 client is told why it was refused; an older one gets a
// plain acknowledgement, as there is no other, unless the fault is ours: then it shall send again on a new connection.
func (b *Broker) acknowledging(c *conn, s *session, pk *packets.Packet) func(error) {
	id, qos, v5 := pk.PacketID, pk.FixedHeader.Qos, c.client.Properties.ProtocolVersion >= 5
	return func(err error) {
		reason := reasonOf(err)
		ours := reason == packets.ErrUnspecifiedError.Code
		kind := packets.Puback
		if qos == 2 {
			kind = packets.Pubrec
			if v5 && reason != 0 || ours && !errors.Is(err, context.DeadlineExceeded) {
				s.untake(id) // the exchange has ended, or what comes again has to be tried again
			}
		}
		if ours && !v5 {
			b.failed(c, "publish", err)
			return
		}
		if ours {
			b.log.Error("mqtt publish was not kept", "client", s.id, "err", err)
		}
		c.ack(kind, id, v5, reason)
	}
}

// reasonOf translates a refusal into the reason codes that PUBACK and PUBREC may carry.
func reasonOf(err error) byte {
	if err == nil {
		return 0
	}
	switch fault.CodeOf(err) {
	case fault.Denied:
		return packets.ErrNotAuthorized.Code
	case fault.Invalid:
		return packets.ErrTopicNameInvalid.Code
	case fault.TooLarge, fault.RateLimited:
		return packets.ErrQuotaExceeded.Code
	}
	return packets.ErrUnspecifiedError.Code
}

// resolveAlias fills in the topic of an MQTT 5 packet that has only an alias, and remembers new aliases.
func (c *conn) resolveAlias(pk *packets.Packet) *packets.Code {
	if !pk.Properties.TopicAliasFlag {
		return nil
	}
	alias := pk.Properties.TopicAlias
	if pk.TopicName == "" {
		topic, known := c.aliases[alias]
		if !known {
			return &packets.ErrTopicAliasInvalid
		}
		pk.TopicName = topic
		return nil
	}
	if c.aliases == nil {
		c.aliases = make(map[uint16]string)
	}
	c.aliases[alias] = pk.TopicName
	return nil
}
