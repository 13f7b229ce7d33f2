package broker

import (
	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"
)

// hook is where mochi asks and tells us. Each method but the two rewriting ones runs in the goroutine that reads the
// connection, whose panics cost only that connection.
type hook struct {
	mqtt.HookBase
	b *Broker
}

// ID names the hook.
func (*hook) ID() string { return "gateway" }

// Provides says which methods mochi shall call.
func (*hook) Provides(event byte) bool {
	switch event {
	case mqtt.OnConnectAuthenticate, mqtt.OnACLCheck, mqtt.OnPacketRead, mqtt.OnPacketEncode, mqtt.OnPacketSent, mqtt.OnSubscribe,
		mqtt.OnSubscribed, mqtt.OnUnsubscribed, mqtt.OnWill, mqtt.OnDisconnect, mqtt.OnClientExpired:
		return true
	}
	return false
}

// OnACLCheck lets everything through that gets here: subscriptions were judged in OnSubscribe, messages by the bus.
func (*hook) OnACLCheck(*mqtt.Client, string, bool) bool { return true }

// OnPacketRead takes the packets that carry messages away from mochi, whose in-flight list holds both directions under one
// packet identifier, so that each may remove the other's entry, and whose outgoing order is that of a map.
func (h *hook) OnPacketRead(cl *mqtt.Client, pk packets.Packet) (packets.Packet, error) {
	c, ok := connOf(cl)
	if !ok {
		return pk, nil
	}
	s := c.session.Load()
	if s == nil {
		if pk.FixedHeader.Type == packets.Connect {
			c.relaxConnect(&pk)
		}
		return pk, nil
	}
	if code := h.b.incoming(c, s, &pk); code != nil {
		_ = h.b.server.DisconnectClient(cl, *code)
		h.b.dropped("malformed", cl.ID)
		return pk, packets.ErrRejectPacket // ends the connection as broken, so that its will is published
	}
	return pk, nil
}

// nothing is a packet that mochi does nothing about: an acknowledgement of an identifier that nobody can use.
func nothing(pk *packets.Packet) {
	*pk = packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Puback}, ProtocolVersion: pk.ProtocolVersion}
}

// incoming handles a packet of an established connection. A code ends the connection.
func (b *Broker) incoming(c *conn, s *session, pk *packets.Packet) *packets.Code {
	v5 := s.who.Load().v5
	var code *packets.Code
	switch pk.FixedHeader.Type {
	case packets.Publish:
		code = b.publish(c, s, pk)
	case packets.Pubrel:
		b.pubrel(c, s, pk.PacketID, v5)
	case packets.Puback, packets.Pubcomp:
		s.acknowledged(pk.PacketID)
	case packets.Pubrec:
		b.pubrec(c, s, pk, v5)
	case packets.Disconnect:
		if pk.ReasonCode == packets.CodeDisconnect.Code {
			c.will = nil
		}
		return nil
	default:
		return nil
	}
	nothing(pk)
	return code
}

// pubrel ends a QoS 2 exchange with a publisher.
func (b *Broker) pubrel(c *conn, s *session, id uint16, v5 bool) {
	forgotten, known := s.untake(id)
	reason := packets.ErrPacketIdentifierNotFound.Code
	if known {
		reason = 0
	}
	b.answer(c, forgotten, func(err error) {
		if err != nil {
			b.failed(c, "packet identifier", err)
			return
		}
		c.ack(packets.Pubcomp, id, v5, reason)
	})
}

// pubrec is the answer to a QoS 2 message we sent.
func (b *Broker) pubrec(c *conn, s *session, pk *packets.Packet, v5 bool) {
	id := pk.PacketID
	if pk.ReasonCode >= packets.ErrUnspecifiedError.Code {
		s.acknowledged(id) // refused by the client: done
		return
	}
	o, kept := s.received(id)
	b.answer(c, kept, func(err error) {
		switch {
		case o == nil:
			c.ack(packets.Pubrel, id, v5, packets.ErrPacketIdentifierNotFound.Code)
		case err != nil:
			b.failed(c, "receipt", err)
		default:
			s.release(o)
			c.ack(packets.Pubrel, id, v5, 0)
		}
	})
}

// failed ends a connection to which we owe something that the disk did not take: on the next one it is tried again.
func (b *Broker) failed(c *conn, what string, err error) {
	b.log.Error("mqtt "+what+" was not kept", "client", c.client.ID, "err", err)
	_ = b.server.DisconnectClient(c.client, packets.ErrServerUnavailable)
}

// OnPacketEncode corrects what mochi answers.
func (h *hook) OnPacketEncode(cl *mqtt.Client, pk packets.Packet) packets.Packet {
	c, ok := connOf(cl)
	if !ok {
		return pk
	}
	switch pk.FixedHeader.Type {
	case packets.Connack:
		h.b.rewriteConnack(c, cl, &pk)
		if pk.ReasonCode == 0 {
			pk.SessionPresent = h.b.prepare(c, cl)
		}
	case packets.Suback:
		c.subscribe.rewrite(&pk, cl.Properties.ProtocolVersion)
	case packets.Disconnect:
		if cl.Properties.ProtocolVersion < 5 {
			pk.FixedHeader.Type = packets.Reserved // cannot be encoded: a server sends none before MQTT 5
		}
	}
	return pk
}

// OnPacketSent goes on where an answer had to be sent first.
func (h *hook) OnPacketSent(cl *mqtt.Client, pk packets.Packet, _ []byte) {
	c, ok := connOf(cl)
	if !ok {
		return
	}
	switch {
	case pk.FixedHeader.Type == packets.Connack && pk.ReasonCode == 0:
		h.b.establish(c, cl)
	case pk.FixedHeader.Type == packets.Disconnect && isViolation(pk.ReasonCode):
		c.saysLast()
	case pk.FixedHeader.Type == packets.Suback && c.session.Load() != nil:
		c.subscribe = nil
		c.session.Load().resume()
	}
}

// isViolation reports whether a reason for DISCONNECT is something that the client sent.
func isViolation(reason byte) bool {
	switch reason {
	case packets.ErrMalformedPacket.Code, packets.ErrProtocolViolation.Code, packets.ErrReceiveMaximum.Code,
		packets.ErrTopicAliasInvalid.Code, packets.ErrPacketTooLarge.Code, packets.ErrTopicNameInvalid.Code:
		return true
	}
	return false
}

func connOf(cl *mqtt.Client) (*conn, bool) {
	c, ok := cl.Net.Conn.(*conn)
	return c, ok
}
