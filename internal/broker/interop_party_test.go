package broker

import (
	"net"
	"sync"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
)

// party is a client the way applications use one: it acknowledges by itself, in the background, and keeps what it was told.
type party struct {
	*client
	connack packets.Packet
	ended   chan struct{} // closed when the broker has closed the connection

	mu          sync.Mutex
	messages    []packets.Packet
	releasing   map[uint16]packets.Packet // QoS 2 messages that wait for PUBREL
	subacks     []packets.Packet
	unsubacks   int
	acked       map[uint16]byte // reason code by packet identifier, when an exchange is over
	disconnects []byte          // reason codes of DISCONNECT from the broker
	pongs       int
	mute        bool // acknowledges nothing, and keeps no message
	ignored     int  // messages that came meanwhile
}

// join connects a party; change may alter its CONNECT.
func (r *rig) join(version byte, id string, change func(*packets.Packet)) *party {
	r.t.Helper()
	c, ack := r.connect(version, id, change)
	if ack.ReasonCode != 0 {
		r.t.Fatalf("%s: CONNACK %#x", id, ack.ReasonCode)
	}
	return listen(c, ack)
}

func listen(c *client, ack packets.Packet) *party {
	p := &party{
		client: c, connack: ack, ended: make(chan struct{}),
		releasing: map[uint16]packets.Packet{}, acked: map[uint16]byte{},
	}
	go p.hear()
	return p
}

func (p *party) hear() {
	defer close(p.ended)
	for {
		pk, err := p.read()
		if ne, ok := err.(net.Error); ok && ne.Timeout() {
			continue
		}
		if err != nil {
			return
		}
		p.take(pk)
	}
}

func (p *party) take(pk packets.Packet) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch pk.FixedHeader.Type {
	case packets.Publish:
		p.arrived(pk)
	case packets.Pubrel:
		if m, ok := p.releasing[pk.PacketID]; ok {
			delete(p.releasing, pk.PacketID)
			p.messages = append(p.messages, m)
		}
		p.answer(packets.Pubcomp, pk.PacketID)
	case packets.Pubrec:
		if pk.ReasonCode >= 0x80 {
			p.acked[pk.PacketID] = pk.ReasonCode
		} else {
			p.answer(packets.Pubrel, pk.PacketID)
		}
	case packets.Puback, packets.Pubcomp:
		p.acked[pk.PacketID] = pk.ReasonCode
	case packets.Suback:
		p.subacks = append(p.subacks, pk)
	case packets.Unsuback:
		p.unsubacks++
	case packets.Disconnect:
		p.disconnects = append(p.disconnects, pk.ReasonCode)
	case packets.Pingresp:
		p.pongs++
	}
}

func (p *party) arrived(pk packets.Packet) {
	switch {
	case p.mute:
		p.ignored++
	case pk.FixedHeader.Qos == 2:
		p.releasing[pk.PacketID] = pk
		p.answer(packets.Pubrec, pk.PacketID)
	default:
		p.messages = append(p.messages, pk)
		if pk.FixedHeader.Qos == 1 {
			p.answer(packets.Puback, pk.PacketID)
		}
	}
}

// answer writes an acknowledgement; that the connection may be gone is found out by reading.
func (p *party) answer(kind byte, id uint16) {
	if p.mute {
		return
	}
	pk := packets.Packet{FixedHeader: packets.FixedHeader{Type: kind}, PacketID: id, ProtocolVersion: p.version}
	if kind == packets.Pubrel {
		pk.FixedHeader.Qos = 1
	}
	if b, err := encoded(pk); err == nil {
		_, _ = p.nc.Write(b)
	}
}

// is reports on what the party has heard.
func (p *party) is(fn func() bool) func() bool {
	return func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		return fn()
	}
}

// sub subscribes to several filters in one packet, and returns the reason codes.
func (p *party) sub(identifier int, filters ...packets.Subscription) []byte {
	p.t.Helper()
	n := len(p.subscribed())
	pk := packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Subscribe, Qos: 1}, PacketID: p.id(), Filters: filters}
	if identifier > 0 {
		pk.Properties.SubscriptionIdentifier = []int{identifier}
		for i := range pk.Filters {
			pk.Filters[i].Identifier = identifier
		}
	}
	p.send(pk)
	eventually(p.t, "SUBACK", func() bool { return len(p.subscribed()) > n })
	return p.subscribed()[n].ReasonCodes
}

// subTo subscribes to filters with QoS 2.
func (p *party) subTo(filters ...string) []byte {
	p.t.Helper()
	subs := make([]packets.Subscription, len(filters))
	for i, f := range filters {
		subs[i] = packets.Subscription{Filter: f, Qos: 2}
	}
	return p.sub(0, subs...)
}

func (p *party) subscribed() []packets.Packet {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.subacks
}

func (p *party) unsubscribe(filters ...string) {
	p.t.Helper()
	pk := packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Unsubscribe, Qos: 1}, PacketID: p.id()}
	for _, f := range filters {
		pk.Filters = append(pk.Filters, packets.Subscription{Filter: f})
	}
	p.send(pk)
	eventually(p.t, "UNSUBACK", p.is(func() bool { return p.unsubacks > 0 }))
}

// put publishes without waiting for anything, and returns the packet identifier.
func (p *party) put(topic, payload string, qos byte, change func(*packets.Packet)) uint16 {
	p.t.Helper()
	pk := packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Publish, Qos: qos}, TopicName: topic, Payload: []byte(payload)}
	if qos > 0 {
		pk.PacketID = p.id()
	}
	if change != nil {
		change(&pk)
	}
	p.send(pk)
	return pk.PacketID
}

// say publishes and waits until the broker has answered for it.
func (p *party) say(topic, payload string, qos byte, change func(*packets.Packet)) {
	p.t.Helper()
	id := p.put(topic, payload, qos, change)
	if qos == 0 {
		p.ping()
		return
	}
	eventually(p.t, "the exchange is over", p.is(func() bool { _, done := p.acked[id]; return done }))
}

// ping waits until the broker has handled all that was said, and all that it has sent by then was heard.
func (p *party) ping() {
	p.t.Helper()
	p.mu.Lock()
	n := p.pongs
	p.mu.Unlock()
	p.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Pingreq}})
	eventually(p.t, "PINGRESP", p.is(func() bool { return p.pongs > n }))
}

// heard waits for n messages, makes sure that there are no more, and returns them.
func (p *party) heard(n int) []packets.Packet {
	p.t.Helper()
	var got []packets.Packet
	eventually(p.t, itoa(n)+" messages", p.is(func() bool { got = p.messages; return len(got) >= n }))
	p.ping()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.messages) != n || len(p.releasing) > 0 {
		p.t.Fatalf("%d messages and %d that wait for PUBREL, want %d: %v", len(p.messages), len(p.releasing), n, payloads(p.messages))
	}
	return p.messages
}

func (p *party) forgetMessages() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.messages = nil
}

// leave says DISCONNECT, with a session expiry interval unless it is negative, and waits for the end.
func (p *party) leave(expiry int) {
	p.t.Helper()
	pk := disconnect()
	if expiry >= 0 && p.version == 5 {
		pk.Properties.SessionExpiryInterval, pk.Properties.SessionExpiryIntervalFlag = uint32(expiry), true
	}
	p.send(pk)
	p.awaitEnd()
}

func (p *party) awaitEnd() {
	p.t.Helper()
	select {
	case <-p.ended:
	case <-time.After(patience):
		p.t.Fatal("the broker kept the connection")
	}
}

// awaitDisconnect waits until the broker has said why it ends the connection.
func (p *party) awaitDisconnect(reason packets.Code) {
	p.t.Helper()
	p.awaitEnd()
	if len(p.disconnects) != 1 || p.disconnects[0] != reason.Code {
		p.t.Errorf("DISCONNECT %#x, want %#x", p.disconnects, reason.Code)
	}
}

func payloads(messages []packets.Packet) (out []string) {
	for _, m := range messages {
		out = append(out, m.TopicName+"="+string(m.Payload))
	}
	return out
}

// qualities counts messages by their QoS.
func qualities(messages []packets.Packet) (n [3]int) {
	for _, m := range messages {
		n[m.FixedHeader.Qos]++
	}
	return n
}

// refusedConnect fails the test unless a CONNECT is turned down.
func refusedConnect(t *testing.T, c *client, pk packets.Packet) {
	t.Helper()
	c.send(pk)
	answer, err := c.read()
	if err == nil && answer.FixedHeader.Type == packets.Connack && answer.ReasonCode == 0 {
		t.Error("the broker took it")
	}
	c.expectEnd()
}
