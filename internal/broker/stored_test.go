package broker

import (
	"slices"
	"syscall"
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"

	"gateway/internal/bus"
)

func withRetain(pk *packets.Packet) { pk.FixedHeader.Retain = true }

// The broker of these processes forgets retained messages when it is killed: what comes afterwards was in the session.
func TestRetainedSentOnSubscribeSurvivesAKill(t *testing.T) {
	prepare := func(t *testing.T, version byte) (*process, *client) {
		p := startProcess(t)
		pub, _ := p.connect(version, "pub")
		for _, topic := range []string{"r/1", "r/2", "r/3"} {
			pub.publish(topic, topic, 1, withRetain)
		}
		pub.publish("r/4", "r/4", 2, withRetain)
		pub.expect(packets.Pubrec)
		sub, _ := p.connect(version, "sub")
		if code := sub.subscribe("r/+", 2, nil); code != 2 {
			t.Fatalf("SUBACK %#x", code)
		}
		return p, sub
	}
	for _, version := range []byte{4, 5} {
		t.Run("right after SUBACK, MQTT "+itoa(int(version)), func(t *testing.T) {
			p, _ := prepare(t, version)
			p.restart(syscall.SIGKILL)
			sub, present := p.connect(version, "sub")
			if !present {
				t.Fatal("the session is gone")
			}
			for _, topic := range []string{"r/1", "r/2", "r/3", "r/4"} {
				pk := sub.expect(packets.Publish)
				if pk.TopicName != topic || string(pk.Payload) != topic || !pk.FixedHeader.Retain {
					t.Errorf("got %+v, want %s", pk, topic)
				}
			}
		})
		t.Run("between acknowledgements, MQTT "+itoa(int(version)), func(t *testing.T) {
			p, sub := prepare(t, version)
			var sent []packets.Packet
			for range 4 {
				sent = append(sent, sub.expect(packets.Publish))
			}
			sub.ack(packets.Puback, sent[0].PacketID)
			sub.ack(packets.Pubrec, sent[3].PacketID)
			sub.expect(packets.Pubrel)
			p.restart(syscall.SIGKILL)
			sub, _ = p.connect(version, "sub")
			came := map[string]packets.Packet{}
			for _, pk := range sub.settle() {
				came[packets.PacketNames[pk.FixedHeader.Type]+pk.TopicName] = pk
			}
			for _, first := range sent[1:3] {
				again, ok := came["Publish"+first.TopicName]
				if !ok || again.PacketID != first.PacketID || !again.FixedHeader.Dup {
					t.Errorf("%s: first %+v, then %+v", first.TopicName, first, again)
				}
			}
			if rel, ok := came["Pubrel"]; !ok || rel.PacketID != sent[3].PacketID {
				t.Errorf("PUBREL %+v, want that of %d", rel, sent[3].PacketID)
			}
			if _, twice := came["Publish"+"r/4"]; twice {
				t.Error("the client was sent again what it had received")
			}
		})
	}
}

// They have room of their own in a session's queue, after a restart too.
func TestRetainedLeavesRoomForMessages(t *testing.T) {
	disk := onDisk(t)
	small := func(o *Options) { disk(o); o.MaxQueued = 5 }
	r := start(t, small)
	for i := range 50 {
		r.publish("r/"+itoa(i), "kept", retain)
	}
	sub, _ := r.connect(5, "sub", func(pk *packets.Packet) { persistent(pk); pk.Properties.ReceiveMaximum = 1 })
	sub.subscribe("t", 1, nil)
	sub.subscribe("r/+", 1, nil)
	sub.nc.Close()
	r.awaitOffline("sub")
	r = r.again(small, nil)
	for range 5 {
		r.publish("t", "live", atLeastOnce)
	}
	if n := r.dropCount("queue_full"); n > 0 {
		t.Errorf("%d messages found no room", n)
	}
	if n := r.client("sub").Queued; n != 55 {
		t.Errorf("%d messages wait, want 55", n)
	}
}

func TestSubscribingAgainDoesNotPileUpRetained(t *testing.T) {
	r := start(t, onDisk(t))
	for i := range 20 {
		r.publish("r/"+itoa(i), "kept", retain)
	}
	r.publish("other", "kept", retain)
	c, _ := r.connect(5, "c", func(pk *packets.Packet) { persistent(pk); pk.Properties.ReceiveMaximum = 1 })
	for range 5 {
		pk := packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Subscribe, Qos: 1}, PacketID: c.id()}
		pk.Filters = packets.Subscriptions{{Filter: "r/+", Qos: 1}, {Filter: "other", Qos: 1, RetainHandling: 1}}
		c.send(pk)
	}
	first := c.settle() // five SUBACKs, and as many messages as the client lets be under way
	var topics []string
	for _, pk := range messagesOnly(first) {
		topics = append(topics, pk.TopicName)
		c.ack(packets.Puback, pk.PacketID)
	}
	if len(topics) != 1 {
		t.Fatalf("%v are under way", topics)
	}
	for range 21 {
		pk := c.expect(packets.Publish)
		topics = append(topics, pk.TopicName)
		c.ack(packets.Puback, pk.PacketID)
	}
	if more := c.settle(); len(more) > 0 {
		t.Errorf("then came %v", payloads(more))
	}
	slices.Sort(topics)
	if twice := len(topics) - len(slices.Compact(slices.Clone(topics))); twice != 1 {
		t.Errorf("%d messages came twice, want the first, which was under way: %v", twice, topics)
	}
}

func TestFullDiskBringsNothingRetained(t *testing.T) {
	r, disk := startMoody(t, nil)
	r.publish("t", "kept", func(m *bus.Message) { retain(m); m.QoS = 1 })
	c, _ := r.connect(5, "c", persistent)
	disk.full.Store(true)
	if code := c.subscribe("t", 1, nil); code != packets.ErrUnspecifiedError.Code {
		t.Errorf("SUBACK %#x", code)
	}
	if got := c.settle(); len(got) > 0 {
		t.Errorf("a refused subscription brought %v", payloads(got))
	}
	disk.full.Store(false)
	if code := c.subscribe("t", 1, nil); code != 1 {
		t.Errorf("SUBACK %#x afterwards", code)
	}
	if got := c.expectMessage("t"); got != "kept" {
		t.Errorf("got %s", got)
	}
}

func messagesOnly(all []packets.Packet) []packets.Packet {
	return slices.DeleteFunc(all, func(pk packets.Packet) bool { return pk.FixedHeader.Type != packets.Publish })
}
