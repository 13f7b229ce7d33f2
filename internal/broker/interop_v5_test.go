package broker

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
)

func TestInteropMQTT5(t *testing.T) {
	runInterop(t, []byte{5}, map[string]func(*interop){
		"session expiry": interopSessionExpiry, "properties": interopProperties, "publication expiry": interopPublicationExpiry,
		"no local": interopNoLocal, "retain as published": interopRetainAsPublished, "retain handling": interopRetainHandling,
		"subscription identifiers": interopSubscriptionIdentifiers, "request and response": interopRequestResponse,
		"client topic alias": interopClientTopicAlias, "server topic alias": interopServerTopicAlias,
		"maximum packet size": interopMaximumPacketSize, "flow control to the client": interopFlowControlToClient,
		"flow control to the server": interopFlowControlToServer, "will delay": interopWillDelay,
		"shared": interopShared, "keepalive is the client's": interopKeepaliveIsTheClients,
	})
}

func sessionExpiry(seconds uint32, clean bool) func(*packets.Packet) {
	return func(pk *packets.Packet) {
		pk.Connect.Clean = clean
		pk.Properties.SessionExpiryInterval, pk.Properties.SessionExpiryIntervalFlag = seconds, true
	}
}

func interopSessionExpiry(i *interop) {
	present := func(step string, seconds uint32, want bool) *party {
		i.t.Helper()
		a := i.join("a", sessionExpiry(seconds, false))
		if a.connack.SessionPresent != want {
			i.t.Errorf("%s: session present %v", step, !want)
		}
		return a
	}
	a := i.join("a", sessionExpiry(0, true))
	a.subTo(i.topic("TopicA"))
	a.leave(-1)
	present("0 s", 0, false).leave(-1)

	a = i.join("a", sessionExpiry(3, true))
	a.subTo(i.topic("TopicA"))
	a.leave(-1)
	time.Sleep(time.Second) // nothing happens in it
	present("after a third", 3, true).leave(-1)
	i.ends("a")
	present("after it ended", 3, false).leave(-1)

	a = i.join("a", sessionExpiry(1, true))
	a.subTo(i.topic("TopicA"))
	a.leave(300)
	present("prolonged by DISCONNECT", 1, true).leave(0)
	present("ended by DISCONNECT", 1, false).leave(-1)
}

// ends waits until the broker knows nothing of a session any more.
func (i *interop) ends(id string) {
	i.t.Helper()
	r := rig{t: i.t, Broker: i.Broker}
	r.awaitEnd(i.prefix + id)
}

// User properties, payload format and content type reach subscribers, whatever the QoS.
func interopProperties(i *interop) {
	a := i.join("a", nil)
	a.subTo(i.topic("TopicA"))
	for qos := range byte(3) {
		a.say(i.topic("TopicA"), "", qos, func(pk *packets.Packet) {
			pk.Properties.User = []packets.UserProperty{{Key: "a", Val: "2"}, {Key: "c", Val: "3"}}
			pk.Properties.PayloadFormat, pk.Properties.PayloadFormatFlag = 1, true
			pk.Properties.ContentType = "My name"
		})
	}
	messages := a.heard(3)
	if got := qualities(messages); got != [3]int{1, 1, 1} {
		i.t.Errorf("%v messages of QoS 0, 1 and 2", got)
	}
	for _, m := range messages {
		p := m.Properties
		if len(p.User) != 2 || p.User[0] != (packets.UserProperty{Key: "a", Val: "2"}) || p.User[1].Key != "c" {
			i.t.Errorf("user properties %v", p.User)
		}
		if p.ContentType != "My name" || !p.PayloadFormatFlag || p.PayloadFormat != 1 {
			i.t.Errorf("content type %q, payload format %d", p.ContentType, p.PayloadFormat)
		}
	}
}

func interopPublicationExpiry(i *interop) {
	b := i.join("b", sessionExpiry(99999, true))
	b.subTo(i.topic("TopicA"))
	b.leave(999999999)
	a := i.join("a", nil)
	expire := func(seconds uint32) func(*packets.Packet) {
		return func(pk *packets.Packet) { pk.Properties.MessageExpiryInterval = seconds }
	}
	for _, qos := range []byte{1, 2} {
		a.say(i.topic("TopicA"), "expires", qos, expire(1))
	}
	for _, qos := range []byte{1, 2} {
		a.say(i.topic("TopicA"), "stays", qos, expire(600))
	}
	time.Sleep(1100 * time.Millisecond) // what is to be seen is that time has passed
	b = i.join("b", func(pk *packets.Packet) { pk.Connect.Clean = false })
	for _, m := range b.heard(2) {
		if left := m.Properties.MessageExpiryInterval; string(m.Payload) != "stays" || left == 0 || left >= 600 {
			i.t.Errorf("%s expires in %d s", m.Payload, left)
		}
	}
}

func interopNoLocal(i *interop) {
	a, b := i.join("a", nil), i.join("b", nil)
	sub := packets.Subscription{Filter: i.topic("TopicA"), Qos: 2, NoLocal: true}
	a.sub(0, sub)
	b.sub(0, sub)
	a.say(i.topic("TopicA"), "no local", 1, nil)
	b.heard(1)
	a.heard(0)
}

func interopRetainAsPublished(i *interop) {
	a := i.join("a", nil)
	a.sub(0, packets.Subscription{Filter: i.topic("TopicA"), Qos: 2, RetainAsPublished: true})
	a.say(i.topic("TopicA"), "false", 1, nil)
	a.say(i.topic("TopicA"), "true", 1, func(pk *packets.Packet) { pk.FixedHeader.Retain = true })
	got := a.heard(2)
	if got[0].FixedHeader.Retain || !got[1].FixedHeader.Retain {
		i.t.Errorf("retain flags %v and %v", got[0].FixedHeader.Retain, got[1].FixedHeader.Retain)
	}
}

func interopRetainHandling(i *interop) {
	a := i.join("a", nil)
	for qos, name := range []string{"TopicA/B", "Topic/C", "TopicA/C"} {
		a.say(i.topic(name), "kept", byte(qos), func(pk *packets.Packet) { pk.FixedHeader.Retain = true })
	}
	a.leave(-1)
	for handling, want := range [][]int{{3, 3}, {3, 0}, {0, 0}} {
		a := i.join("a", nil)
		for _, n := range want {
			a.forgetMessages()
			a.sub(0, packets.Subscription{Filter: i.topic("+/+"), Qos: 2, RetainHandling: byte(handling)})
			if got := qualities(a.heard(n)); n == 3 && got != [3]int{1, 1, 1} {
				i.t.Errorf("retain handling %d: %v messages of QoS 0, 1 and 2", handling, got)
			}
		}
		a.leave(-1)
	}
}

func interopSubscriptionIdentifiers(i *interop) {
	a, b := i.join("a", nil), i.join("b", nil)
	a.sub(456789, packets.Subscription{Filter: i.topic("TopicA"), Qos: 2})
	b.sub(2, packets.Subscription{Filter: i.topic("TopicA"), Qos: 2})
	b.sub(3, packets.Subscription{Filter: i.topic("TopicA/#"), Qos: 2})
	b.say(i.topic("TopicA"), "sub identifier test", 1, nil)
	if got := a.heard(1)[0].Properties.SubscriptionIdentifier; !slices.Equal(got, []int{456789}) {
		i.t.Errorf("a got identifiers %v", got)
	}
	got := b.heard(1)[0].Properties.SubscriptionIdentifier
	slices.Sort(got)
	if !slices.Equal(got, []int{2, 3}) {
		i.t.Errorf("b got identifiers %v", got)
	}
}

func interopRequestResponse(i *interop) {
	a, b := i.join("a", nil), i.join("b", nil)
	sub := packets.Subscription{Filter: i.topic("TopicA"), Qos: 2, NoLocal: true}
	a.sub(0, sub)
	b.sub(0, sub)
	a.say(i.topic("TopicA"), "request", 1, func(pk *packets.Packet) {
		pk.Properties.ResponseTopic, pk.Properties.CorrelationData = i.topic("TopicA"), []byte("334")
	})
	request := b.heard(1)[0].Properties
	if request.ResponseTopic != i.topic("TopicA") || string(request.CorrelationData) != "334" {
		i.t.Fatalf("the request came with %+v", request)
	}
	b.say(request.ResponseTopic, "response", 1, func(pk *packets.Packet) { pk.Properties = request })
	if got := a.heard(1)[0]; string(got.Payload) != "response" || string(got.Properties.CorrelationData) != "334" {
		i.t.Errorf("the response is %s with %+v", got.Payload, got.Properties)
	}
}

func aliased(alias uint16) func(*packets.Packet) {
	return func(pk *packets.Packet) { pk.Properties.TopicAlias, pk.Properties.TopicAliasFlag = alias, true }
}

func interopClientTopicAlias(i *interop) {
	a := i.join("a", nil)
	b, _ := encoded(packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Publish}, TopicName: "t", ProtocolVersion: 5,
		Properties: packets.Properties{TopicAlias: 1, TopicAliasFlag: true},
	})
	b[len(b)-1] = 0 // the alias, which the encoder would leave out
	if _, err := a.nc.Write(b); err != nil {
		i.t.Fatal(err)
	}
	a.awaitDisconnect(packets.ErrTopicAliasInvalid)

	a = i.join("a", sessionExpiry(99999, true))
	most := a.connack.Properties.TopicAliasMaximum
	if most == 0 {
		i.t.Fatal("no topic aliases are allowed")
	}
	a.subTo(i.topic("TopicA"))
	for _, alias := range []uint16{1, most} {
		a.say(i.topic("TopicA"), "sets it", 1, aliased(alias))
		a.say("", "uses it", 1, aliased(alias))
	}
	a.heard(4)
	a.leave(-1) // which ends the aliases but not the subscriptions

	a = i.join("a", func(pk *packets.Packet) { pk.Connect.Clean = false })
	a.say(i.topic("TopicA"), "without", 1, nil)
	a.heard(1)
	a.put("", "of the connection before", 1, aliased(1))
	a.awaitDisconnect(packets.ErrTopicAliasInvalid)

	a = i.join("a", nil)
	a.put(i.topic("TopicA"), "too high", 1, aliased(most+1))
	a.awaitDisconnect(packets.ErrTopicAliasInvalid)
}

func interopServerTopicAlias(i *interop) {
	allow := func(most uint16) func(*packets.Packet) {
		return func(pk *packets.Packet) { pk.Properties.TopicAliasMaximum = most }
	}
	for _, most := range []uint16{0, 1} {
		a := i.join("a", allow(most))
		a.subTo(i.topic("TopicA"), i.topic("other"))
		for qos := range byte(3) {
			a.say(i.topic("TopicA"), "message", qos, nil)
		}
		a.say(i.topic("other"), "more topics than aliases", 1, nil)
		for n, m := range a.heard(4) {
			p, first := m.Properties, n == 0
			switch {
			case most == 0 || n == 3:
				if p.TopicAliasFlag || m.TopicName == "" {
					i.t.Errorf("message %d of %q has the alias %d", n, m.TopicName, p.TopicAlias)
				}
			case p.TopicAlias != 1 || first != (m.TopicName == i.topic("TopicA")) || !first && m.TopicName != "":
				i.t.Errorf("message %d of %q has the alias %d", n, m.TopicName, p.TopicAlias)
			}
		}
		a.leave(-1)
	}
}

func interopMaximumPacketSize(i *interop) {
	const most = 100
	a := i.join("a", func(pk *packets.Packet) { pk.Properties.MaximumPacketSize = most })
	a.subTo(i.topic("TopicA"))
	a.say(i.topic("TopicA"), strings.Repeat(".", most/2), 0, nil)
	a.heard(1)
	a.say(i.topic("TopicA"), strings.Repeat(".", most), 1, nil)
	a.heard(1)
	if a.connack.Properties.MaximumPacketSize == 0 {
		i.t.Error("the broker does not say what it takes")
	}
}

// No more messages are under way than the client allows.
func interopFlowControlToClient(i *interop) {
	r := rig{t: i.t, Broker: i.Broker}
	c, _ := r.connect(5, i.prefix, func(pk *packets.Packet) { pk.Properties.ReceiveMaximum = 2 })
	c.subscribe(i.topic("TopicA"), 2, nil)
	pub := i.join("pub", nil)
	for n := range 3 {
		pub.say(i.topic("TopicA"), "message "+itoa(n), 1, nil)
	}
	first, second := c.expect(packets.Publish), c.expect(packets.Publish)
	if got := c.settle(); len(got) > 0 {
		i.t.Fatalf("a third message came: %v", payloads(got))
	}
	c.ack(packets.Puback, first.PacketID)
	third := c.expect(packets.Publish)
	c.ack(packets.Puback, second.PacketID)
	c.ack(packets.Puback, third.PacketID)
	if string(third.Payload) != "message 2" {
		i.t.Errorf("got %s", third.Payload)
	}
}

// A client that sends more than CONNACK allows is told why its connection ends, although it is still writing.
func interopFlowControlToServer(i *interop) {
	r := rig{t: i.t, Broker: i.Broker}
	c, ack := r.connect(5, i.prefix, nil)
	most := int(ack.Properties.ReceiveMaximum)
	if most == 0 {
		i.t.Fatal("the broker does not say what it takes")
	}
	for range most + 1 {
		pk := packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Publish, Qos: 2}, TopicName: i.topic("TopicA"), PacketID: c.id()}
		c.send(pk)
	}
	for {
		pk, err := c.read()
		if err != nil {
			i.t.Fatalf("the connection ended without a reason: %v", err)
		}
		if pk.FixedHeader.Type == packets.Disconnect {
			if pk.ReasonCode != packets.ErrReceiveMaximum.Code {
				i.t.Errorf("DISCONNECT %#x", pk.ReasonCode)
			}
			return
		}
		c.ack(packets.Pubrel, pk.PacketID) // too late to matter
	}
}

// A will waits for its delay or for the end of the session, whichever is sooner.
func interopWillDelay(i *interop) {
	for n, c := range []struct{ delay, expiry, want uint32 }{{1, 5, 1}, {5, 0, 0}, {5, 1, 1}} {
		topic := i.topic("will " + itoa(n))
		a := i.join("a"+itoa(n), func(pk *packets.Packet) {
			sessionExpiry(c.expiry, true)(pk)
			pk.Connect.WillFlag, pk.Connect.WillTopic, pk.Connect.WillPayload = true, topic, []byte("will")
			pk.Connect.WillProperties.WillDelayInterval = c.delay
		})
		b := i.join("b"+itoa(n), nil)
		b.subTo(topic)
		start := time.Now()
		a.nc.Close()
		b.heard(1)
		if took := time.Since(start); took < time.Duration(c.want)*time.Second {
			i.t.Errorf("delay %d s, session %d s: the will came after %s", c.delay, c.expiry, took)
		}
	}
}

func interopShared(i *interop) {
	a, b := i.join("a", nil), i.join("b", nil)
	for _, p := range []*party{a, b} {
		if codes := p.subTo("$share/sharename/"+i.topic("x"), i.topic("TopicA")); !slices.Equal(codes, []byte{2, 2}) {
			i.t.Errorf("SUBACK %v", codes)
		}
	}
	b.say(i.topic("TopicA"), "to both", 0, nil)
	a.heard(1)
	b.heard(1)
	b.say(i.topic("x"), "to one", 0, nil)
	a.ping()
	b.ping()
	if n := len(a.messages) + len(b.messages); n != 3 {
		i.t.Errorf("%d copies of a message to a shared subscription", n-2)
	}
}

// The suite's own server says 60 s to everybody; ours lets a client choose.
func interopKeepaliveIsTheClients(i *interop) {
	a := i.join("a", func(pk *packets.Packet) { pk.Connect.Keepalive = 120 })
	if p := a.connack.Properties; p.ServerKeepAliveFlag {
		i.t.Errorf("the broker wants a keepalive of %d s", p.ServerKeepAlive)
	}
	a.leave(-1)
}
