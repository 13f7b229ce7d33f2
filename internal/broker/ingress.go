package broker

import (
	"context"
	"strconv"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"

	"gateway/internal/bus"
	"gateway/internal/fault"
)

// durableTimeout is how long a publisher's acknowledgement may wait for disks.
const durableTimeout = 10 * time.Second

// publish takes a client's PUBLISH to the bus and acknowledges it. A code ends the connection.
func (b *Broker) publish(c *conn, s *session, pk *packets.Packet) *packets.Code {
	if code := pk.PublishValidate(maxAliases); code != packets.CodeSuccess {
		return &code
	}
	if code := c.resolveAlias(pk); code != nil {
		return code
	}
	if pk.FixedHeader.Qos == 2 {
		switch isNew, ok := s.take(pk.PacketID, int(b.opts.MaxInflight)); {
		case !ok:
			return &packets.ErrReceiveMaximum
		case !isNew: // sent again because our PUBREC was lost
			c.ack(packets.Pubrec, pk.PacketID, s.who.Load().v5, 0)
			return nil
		}
	}
	receipt, err := b.enter(c, s, pk)
	if pk.FixedHeader.Qos == 0 {
		return nil
	}
	if err == nil {
		ctx, cancel := context.WithTimeout(context.Background(), durableTimeout)
		err = receipt.Wait(ctx)
		cancel()
	}
	return b.answer(c, s, pk, err)
}

// enter publishes the packet on the bus.
func (b *Broker) enter(c *conn, s *session, pk *packets.Packet) (bus.Receipt, error) {
	m := bus.Message{
		Topic: pk.TopicName, Payload: pk.Payload, QoS: pk.FixedHeader.Qos, Retain: pk.FixedHeader.Retain,
		Origin: bus.Origin{Adapter: bus.FromMQTT, Conn: s.id}, Principal: c.publisher.principal,
		ContentType: pk.Properties.ContentType,
	}
	m.Props, m.Hops = userProps(pk.Properties.User)
	c.publisher.current = &pk.Properties
	receipt, err := b.bus.Publish(m)
	c.publisher.current = nil
	if err != nil {
		b.dropped(string(fault.CodeOf(err)), s.id)
		return receipt, err
	}
	b.count.in.Add(1)
	return receipt, nil
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

// answer acknowledges a QoS 1 or 2 message. An MQTT 5 client is told why it was refused; an older one gets a plain
// acknowledgement, as there is no other, unless the fault is ours: then it shall send again on a new connection.
func (b *Broker) answer(c *conn, s *session, pk *packets.Packet, err error) *packets.Code {
	v5 := s.who.Load().v5
	reason := reasonOf(err)
	if reason == packets.ErrUnspecifiedError.Code {
		b.log.Error("mqtt publish was not kept", "client", s.id, "err", err)
		if !v5 {
			return &packets.ErrServerUnavailable
		}
	}
	kind := packets.Puback
	if pk.FixedHeader.Qos == 2 {
		kind = packets.Pubrec
		if v5 && reason != 0 {
			s.untake(pk.PacketID) // a refusing PUBREC ends the exchange
		}
	}
	c.ack(kind, pk.PacketID, v5, reason)
	return nil
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
