package broker

import (
	"strings"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"

	"gateway/internal/bus"
)

func persistent(pk *packets.Packet) {
	pk.Connect.Clean = false
	pk.Properties.SessionExpiryInterval, pk.Properties.SessionExpiryIntervalFlag = 3600, true
}

func atLeastOnce(m *bus.Message) { m.QoS = 1 }

func TestOfflineMessagesComeInOrder(t *testing.T) {
	const n = 3000
	for _, version := range []byte{4, 5} {
		r := start(t, func(o *Options) { o.MaxInflight = 50 })
		c, _ := r.connect(version, "c", persistent)
		c.subscribe("t", 1, nil)
		c.nc.Close()
		r.awaitOffline("c")
		for i := range n {
			r.publish("t", itoa(i), atLeastOnce)
		}
		c, ack := r.connect(version, "c", persistent)
		if !ack.SessionPresent {
			t.Fatal("no session")
		}
		for i := range n {
			if got := c.expectMessage("t"); got != itoa(i) {
				t.Fatalf("version %d: message %d was %s", version, i, got)
			}
		}
	}
}

func TestWindowIsRespected(t *testing.T) {
	r := start(t, nil)
	c, _ := r.connect(5, "c", func(pk *packets.Packet) { pk.Properties.ReceiveMaximum = 2 })
	c.subscribe("t", 1, nil)
	for i := range 5 {
		r.publish("t", itoa(i), atLeastOnce)
	}
	first, second := c.expect(packets.Publish), c.expect(packets.Publish)
	c.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Pingreq}})
	c.expect(packets.Pingresp) // and no third message before it
	c.ack(packets.Puback, first.PacketID)
	c.ack(packets.Puback, second.PacketID)
	for i := 2; i < 5; i++ {
		if got := c.expectMessage("t"); got != itoa(i) {
			t.Errorf("got %s, want %d", got, i)
		}
	}
}

func TestUnacknowledgedComesAgain(t *testing.T) {
	for _, qos := range []byte{1, 2} {
		r := start(t, nil)
		c, _ := r.connect(4, "c", persistent)
		c.subscribe("t", 2, nil)
		for i := range 20 {
			r.publish("t", itoa(i), func(m *bus.Message) { m.QoS = qos })
		}
		var ids []uint16
		for range 20 {
			ids = append(ids, c.expect(packets.Publish).PacketID)
		}
		if qos == 2 {
			c.ack(packets.Pubrec, ids[0])
			c.expect(packets.Pubrel)
		}
		c.nc.Close()
		c, _ = r.connect(4, "c", persistent)
		for i := range 20 {
			pk, err := c.read()
			switch {
			case err != nil:
				t.Fatal(err)
			case qos == 2 && i == 0:
				if pk.FixedHeader.Type != packets.Pubrel || pk.PacketID != ids[0] {
					t.Errorf("got %+v, want PUBREL", pk)
				}
			case string(pk.Payload) != itoa(i) || !pk.FixedHeader.Dup || pk.PacketID != ids[i]:
				t.Errorf("qos %d: message %d came as %+v", qos, i, pk)
			}
		}
	}
}

func TestExactlyOnceToSubscriber(t *testing.T) {
	r := start(t, nil)
	c, _ := r.connect(5, "c", nil)
	c.subscribe("t", 2, nil)
	r.publish("t", "x", func(m *bus.Message) { m.QoS = 2 })
	pk := c.expect(packets.Publish)
	c.ack(packets.Pubrec, pk.PacketID)
	c.expect(packets.Pubrel)
	c.ack(packets.Pubcomp, pk.PacketID)
	eventually(t, "nothing is queued", func() bool { return r.Stats().Queued == 0 })
	c.ack(packets.Pubrec, 999)
	if rel := c.expect(packets.Pubrel); rel.ReasonCode != packets.ErrPacketIdentifierNotFound.Code {
		t.Errorf("unknown identifier: PUBREL %#x", rel.ReasonCode)
	}
	c.ack(packets.Pubrel, 999)
	if comp := c.expect(packets.Pubcomp); comp.ReasonCode != packets.ErrPacketIdentifierNotFound.Code {
		t.Errorf("unknown identifier: PUBCOMP %#x", comp.ReasonCode)
	}
}

func TestSlowSubscriberLosesItsConnectionButNoMessage(t *testing.T) {
	const queue = 400
	r := start(t, func(o *Options) { o.MaxQueued, o.MaxInflight = queue, 10 })
	slow, _ := r.connect(4, "slow", persistent)
	slow.subscribe("t", 1, nil)
	fast, _ := r.connect(4, "fast", nil)
	fast.subscribe("t", 0, nil)
	payload := strings.Repeat("x", 1000)
	for i := range queue + 10 {
		r.publish("t", itoa(i)+" "+payload, atLeastOnce)
	}
	if r.dropCount("slow_client_disconnected") != 0 || !r.client("slow").Connected {
		t.Fatal("disconnected before its queue was full")
	}
	r.publish("t", "one too many", atLeastOnce)
	if r.dropCount("slow_client_disconnected") != 1 {
		t.Error("not counted")
	}
	for i := range queue + 10 { // others are not held up
		if got := fast.expectMessage("t"); !strings.HasPrefix(got, itoa(i)+" ") {
			t.Fatalf("fast got %.20s", got)
		}
	}
	r.awaitOffline("slow")
	slow, ack := r.connect(4, "slow", persistent)
	if !ack.SessionPresent {
		t.Fatal("the session is gone")
	}
	for i := range queue + 10 {
		if got := slow.expectMessage("t"); !strings.HasPrefix(got, itoa(i)+" ") {
			t.Fatalf("slow got %.20s for %d", got, i)
		}
	}
}

func TestSlowSubscriberAtMostOnceDropsAndCounts(t *testing.T) {
	r := start(t, nil)
	slow, _ := r.connect(4, "slow", nil)
	slow.subscribe("t", 0, nil)
	payload := strings.Repeat("x", 500_000)
	eventually(t, "drops are counted", func() bool {
		r.publish("t", payload, nil)
		return r.dropCount("slow_client") > 0
	})
	if !r.client("slow").Connected {
		t.Error("QoS 0 cost the connection")
	}
	if got := slow.expectMessage("t"); len(got) != len(payload) {
		t.Errorf("%d bytes", len(got))
	}
}

func TestExpiredMessagesAreNotDelivered(t *testing.T) {
	r := start(t, nil)
	c, _ := r.connect(5, "c", persistent)
	c.subscribe("t", 1, nil)
	c.nc.Close()
	r.awaitOffline("c")
	pub, _ := r.connect(5, "pub", nil)
	pub.publish("t", "short", 1, func(pk *packets.Packet) { pk.Properties.MessageExpiryInterval = 1 })
	pub.publish("t", "long", 1, func(pk *packets.Packet) { pk.Properties.MessageExpiryInterval = 100 })
	published := time.Now()
	eventually(t, "the first expires", func() bool { return time.Since(published) > 2*time.Second })
	c, _ = r.connect(5, "c", persistent)
	pk := c.expect(packets.Publish)
	if string(pk.Payload) != "long" || pk.Properties.MessageExpiryInterval > 98 || pk.Properties.MessageExpiryInterval < 50 {
		t.Errorf("got %q, which expires in %d s", pk.Payload, pk.Properties.MessageExpiryInterval)
	}
}

func TestSessionGoesOnInAnotherVersion(t *testing.T) {
	r := start(t, nil)
	c, _ := r.connect(5, "c", persistent)
	c.subscribe("t", 1, nil)
	c.nc.Close()
	r.awaitOffline("c")
	r.publish("t", "x", func(m *bus.Message) { m.QoS, m.Props = 1, []bus.Prop{{Key: "a", Value: "b"}} })
	c, _ = r.connect(4, "c", persistent)
	if got := c.expectMessage("t"); got != "x" {
		t.Errorf("got %q", got)
	}
}

func TestTakeover(t *testing.T) {
	r := start(t, nil)
	first, _ := r.connect(5, "c", persistent)
	first.subscribe("t", 1, nil)
	second, ack := r.connect(5, "c", persistent)
	if !ack.SessionPresent {
		t.Error("no session")
	}
	if pk := first.expect(packets.Disconnect); pk.ReasonCode != packets.ErrSessionTakenOver.Code {
		t.Errorf("DISCONNECT %#x", pk.ReasonCode)
	}
	first.expectEnd()
	r.publish("t", "x", atLeastOnce)
	if got := second.expectMessage("t"); got != "x" {
		t.Errorf("got %q", got)
	}
	third, ack := r.connect(5, "c", nil)
	if ack.SessionPresent {
		t.Error("clean start got a session")
	}
	third.subscribe("other", 0, nil)
	r.publish("t", "not for it", nil)
	r.publish("other", "y", nil)
	if got := third.expectMessage("other"); got != "y" {
		t.Errorf("got %q", got)
	}
}

func TestNobodyTakesOverAnotherPrincipalsSession(t *testing.T) {
	r := start(t, nil)
	mine, _ := r.connect(5, "c", persistent)
	mine.subscribe("t", 1, nil)
	if _, ack := r.connect(5, "c", asReader); ack.ReasonCode != packets.ErrClientIdentifierNotValid.Code {
		t.Errorf("CONNACK %#x while the owner is connected", ack.ReasonCode)
	}
	mine.nc.Close()
	r.awaitOffline("c")
	r.publish("t", "private", atLeastOnce)
	other, ack := r.connect(5, "c", func(pk *packets.Packet) { persistent(pk); asReader(pk) })
	if ack.ReasonCode != 0 || ack.SessionPresent {
		t.Fatalf("CONNACK %+v", ack)
	}
	other.subscribe("allowed/x", 0, nil)
	r.publish("allowed/x", "public", nil)
	if got := other.expectMessage("allowed/x"); got != "public" {
		t.Errorf("got %q", got)
	}
}
