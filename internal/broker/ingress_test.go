package broker

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/mochi-mqtt/server/v2/packets"

	"gateway/internal/bus"
)

func asReader(pk *packets.Packet) {
	pk.Connect.UsernameFlag, pk.Connect.Username = true, []byte("reader")
}

func TestRefusedPublishIsAnsweredAndGoesNowhere(t *testing.T) {
	big := string(make([]byte, 600<<10))
	for _, tc := range []struct {
		name, topic, payload string
		reason               byte
	}{
		{"not allowed", "secret/x", "x", packets.ErrNotAuthorized.Code},
		{"the gateway's own topics", "$SYS/broker/x", "x", packets.ErrNotAuthorized.Code},
		{"over the bus's limit", "allowed/x", big, packets.ErrQuotaExceeded.Code},
		{"allowed", "allowed/x", "x", 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := start(t, func(o *Options) { o.MaxPacket = 2 << 20 })
			var seen []string
			r.bus.Attach("test", func(d *bus.Delivery) { seen = append(seen, d.Message.Topic) })
			payload := tc.payload
			if payload == big {
				payload = big + big
			}
			v5, _ := r.connect(5, "v5", asReader)
			if got := v5.publish(tc.topic, payload, 1, func(pk *packets.Packet) { pk.FixedHeader.Retain = true }); got != tc.reason {
				t.Errorf("MQTT 5: PUBACK %#x, want %#x", got, tc.reason)
			}
			v5.publish(tc.topic, payload, 2, nil)
			if pk := v5.expect(packets.Pubrec); pk.ReasonCode != tc.reason {
				t.Errorf("MQTT 5: PUBREC %#x, want %#x", pk.ReasonCode, tc.reason)
			}
			v3, _ := r.connect(4, "v3", asReader)
			if got := v3.publish(tc.topic, payload, 1, nil); got != 0 {
				t.Errorf("MQTT 3.1.1: PUBACK %#x", got)
			}
			want := 0
			if tc.reason == 0 {
				want = 3
			}
			if kept := len(r.retained.match("+/#")); len(seen) != want || kept != min(want, 1) {
				t.Errorf("the bus saw %q, %d are retained", seen, kept)
			}
		})
	}
}

func TestAckWaitsForTheDisk(t *testing.T) {
	r := start(t, nil)
	disk := make(chan error)
	r.bus.Attach("outbox", func(d *bus.Delivery) {
		d.Durable(func(ctx context.Context) error {
			select {
			case err := <-disk:
				return err
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	})
	c, _ := r.connect(5, "c", nil)
	pk := packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Publish, Qos: 1}, TopicName: "t", PacketID: 7}
	c.send(pk)
	disk <- nil // only now
	if ack := c.expect(packets.Puback); ack.PacketID != 7 || ack.ReasonCode != 0 {
		t.Errorf("got %+v", ack)
	}
	c.send(pk)
	disk <- errors.New("disk full")
	if ack := c.expect(packets.Puback); ack.ReasonCode != packets.ErrUnspecifiedError.Code {
		t.Errorf("MQTT 5: PUBACK %#x after a failed write", ack.ReasonCode)
	}
	old, _ := r.connect(4, "old", nil)
	old.send(pk)
	disk <- errors.New("disk full")
	if pk, err := old.read(); err == nil {
		t.Errorf("MQTT 3.1.1: got %+v after a failed write, want the end of the connection", pk)
	}
}

func TestExactlyOnceSurvivesAReconnect(t *testing.T) {
	r := start(t, nil)
	n := 0
	r.bus.Attach("test", func(*bus.Delivery) { n++ })
	keep := func(pk *packets.Packet) { pk.Connect.Clean = false }
	c, _ := r.connect(4, "c", keep)
	pk := packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Publish, Qos: 2}, TopicName: "t", PacketID: 1}
	c.send(pk)
	c.expect(packets.Pubrec)
	c.nc.Close()
	c, ack := r.connect(4, "c", keep)
	if !ack.SessionPresent {
		t.Fatal("no session")
	}
	pk.FixedHeader.Dup = true
	c.send(pk)
	c.expect(packets.Pubrec)
	c.ack(packets.Pubrel, 1)
	c.expect(packets.Pubcomp)
	if n != 1 {
		t.Errorf("the bus saw it %d times", n)
	}
}

// Both sides number their messages from 1, so the same identifier is in use both ways at once.
func TestPacketIdentifiersOfBothDirectionsAreApart(t *testing.T) {
	r := start(t, nil)
	keep := func(pk *packets.Packet) { pk.Connect.Clean = false }
	c, _ := r.connect(4, "c", keep)
	c.subscribe("down", 1, nil)
	r.publish("down", "unacknowledged", func(m *bus.Message) { m.QoS = 1 })
	first := c.expect(packets.Publish)
	for _, qos := range []byte{1, 2} {
		c.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Publish, Qos: qos}, TopicName: "up", PacketID: first.PacketID})
		if qos == 1 {
			c.expect(packets.Puback)
			continue
		}
		c.expect(packets.Pubrec)
		c.ack(packets.Pubrel, first.PacketID)
		c.expect(packets.Pubcomp)
	}
	c.nc.Close()
	c, _ = r.connect(4, "c", keep)
	if pk := c.expect(packets.Publish); string(pk.Payload) != "unacknowledged" || !pk.FixedHeader.Dup || pk.PacketID != first.PacketID {
		t.Errorf("got %+v", pk)
	}
}

func TestMQTT5PropertiesTravel(t *testing.T) {
	r := start(t, nil)
	seen := make(chan *bus.Message, 1)
	r.bus.Attach("test", func(d *bus.Delivery) { seen <- d.Message })
	sub, _ := r.connect(5, "sub", nil)
	sub.subscribe("t", 0, func(s *packets.Subscription) { s.Identifier = 9 })
	pub, _ := r.connect(5, "pub", nil)
	pub.publish("t", "x", 1, func(pk *packets.Packet) {
		pk.Properties = packets.Properties{
			ContentType: "text/plain", ResponseTopic: "answers", CorrelationData: []byte{1, 2}, MessageExpiryInterval: 100,
			PayloadFormatFlag: true, PayloadFormat: 1, User: []packets.UserProperty{{Key: "k", Val: "v"}, {Key: hopsProperty, Val: "3"}},
		}
	})
	m := <-seen
	if m.ContentType != "text/plain" || m.Hops != 3 || !cmp.Equal(m.Props, []bus.Prop{{Key: "k", Value: "v"}}) {
		t.Errorf("the bus got %+v", m)
	}
	got := sub.expect(packets.Publish).Properties
	want := packets.Properties{
		ContentType: "text/plain", ResponseTopic: "answers", CorrelationData: []byte{1, 2}, MessageExpiryInterval: 100,
		PayloadFormatFlag: true, PayloadFormat: 1, User: []packets.UserProperty{{Key: "k", Val: "v"}}, SubscriptionIdentifier: []int{9},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestHopsTravelBetweenGateways(t *testing.T) {
	r := start(t, nil)
	other, _ := r.connect(5, "other", func(pk *packets.Packet) {
		pk.Properties.User = []packets.UserProperty{{Key: gatewayProperty, Val: "attic"}}
	})
	other.subscribe("#", 0, nil)
	r.publish("t", "x", func(m *bus.Message) { m.Hops = 2 })
	user := other.expect(packets.Publish).Properties.User
	if !cmp.Equal(user, []packets.UserProperty{{Key: hopsProperty, Val: "3"}}) {
		t.Errorf("got %v", user)
	}
	for _, hops := range []string{"9", "-1", "many"} {
		code := other.publish("t", "x", 1, func(pk *packets.Packet) {
			pk.Properties.User = []packets.UserProperty{{Key: hopsProperty, Val: hops}}
		})
		if code != packets.ErrTopicNameInvalid.Code {
			t.Errorf("hops %s: PUBACK %#x", hops, code)
		}
	}
}

func TestTopicAliases(t *testing.T) {
	r := start(t, nil)
	seen := make(chan string, 10)
	r.bus.Attach("test", func(d *bus.Delivery) { seen <- d.Message.Topic + "=" + string(d.Message.Payload) })
	c, _ := r.connect(5, "c", nil)
	alias := func(n uint16) func(*packets.Packet) {
		return func(pk *packets.Packet) { pk.Properties.TopicAlias, pk.Properties.TopicAliasFlag = n, true }
	}
	c.publish("long/topic", "1", 0, alias(2))
	c.publish("", "2", 0, alias(2))
	c.publish("other", "3", 0, alias(2))
	c.publish("", "4", 0, alias(2))
	for _, want := range []string{"long/topic=1", "long/topic=2", "other=3", "other=4"} {
		if got := <-seen; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	c.publish("", "5", 0, alias(3))
	if pk := c.expect(packets.Disconnect); pk.ReasonCode != packets.ErrTopicAliasInvalid.Code {
		t.Errorf("unknown alias: DISCONNECT %#x", pk.ReasonCode)
	}
}
