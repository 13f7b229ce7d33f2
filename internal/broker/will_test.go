package broker

import (
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"

	"gateway/internal/bus"
)

func withWill(topic, payload string, change func(*packets.Packet)) func(*packets.Packet) {
	return func(pk *packets.Packet) {
		pk.Connect.WillFlag, pk.Connect.WillTopic, pk.Connect.WillPayload = true, topic, []byte(payload)
		if change != nil {
			change(pk)
		}
	}
}

func delayed(seconds uint32) func(*packets.Packet) {
	return func(pk *packets.Packet) {
		persistent(pk)
		pk.Connect.WillProperties.WillDelayInterval = seconds
	}
}

func TestWills(t *testing.T) {
	for _, version := range []byte{4, 5} {
		r := start(t, nil)
		seen := make(chan *bus.Message, 10)
		r.bus.Attach("test", func(d *bus.Delivery) { seen <- d.Message })
		c, _ := r.connect(version, "lamp", withWill("lamp/state", "offline", func(pk *packets.Packet) {
			pk.Connect.WillRetain, pk.Connect.WillQos = true, 1
		}))
		c.nc.Close()
		m := <-seen
		if m.Topic != "lamp/state" || string(m.Payload) != "offline" || !m.Retain || m.QoS != 1 || m.Origin.Conn != "lamp" {
			t.Errorf("version %d: the bus got %+v", version, m)
		}
		late, _ := r.connect(version, "late", nil)
		late.subscribe("lamp/state", 0, nil)
		if got := late.expectMessage("lamp/state"); got != "offline" {
			t.Errorf("retained %q", got)
		}
	}
}

func TestWillIsNotPublishedAfterDisconnect(t *testing.T) {
	r := start(t, nil)
	watch, _ := r.connect(4, "watch", nil)
	watch.subscribe("#", 0, nil)
	c, _ := r.connect(4, "c", withWill("will", "x", nil))
	c.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Disconnect}})
	c.expectEnd()
	c, _ = r.connect(5, "d", withWill("will", "asked for", nil))
	c.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Disconnect}, ReasonCode: packets.CodeDisconnectWillMessage.Code})
	if got := watch.expectMessage("will"); got != "asked for" {
		t.Errorf("got %q", got)
	}
}

func TestEmptyWillRemovesRetained(t *testing.T) {
	r := start(t, nil)
	r.publish("state", "on", retain)
	c, ack := r.connect(4, "c", withWill("state", "", func(pk *packets.Packet) { pk.Connect.WillRetain = true }))
	if ack.ReasonCode != 0 {
		t.Fatalf("CONNACK %#x", ack.ReasonCode)
	}
	c.nc.Close()
	eventually(t, "the retained message is removed", func() bool { return len(r.retained.match("state")) == 0 })
}

func TestDelayedWill(t *testing.T) {
	r := start(t, nil)
	watch, _ := r.connect(4, "watch", nil)
	watch.subscribe("#", 0, nil)

	c, _ := r.connect(5, "back", withWill("will", "came back", delayed(1)))
	c.nc.Close()
	r.awaitOffline("back")
	r.connect(5, "back", persistent)

	c, _ = r.connect(5, "gone", withWill("will", "gone", delayed(2)))
	c.nc.Close()
	if got := watch.expectMessage("will"); got != "gone" {
		t.Errorf("got %q", got)
	}
}

func TestClosePublishesWills(t *testing.T) {
	r := start(t, nil)
	var seen []string
	r.bus.Attach("test", func(d *bus.Delivery) { seen = append(seen, string(d.Message.Payload)) })
	c, _ := r.connect(5, "later", withWill("w", "later", delayed(1000)))
	c.nc.Close()
	r.awaitOffline("later")
	now, _ := r.connect(5, "now", withWill("w", "now", nil))
	r.close()
	if pk := now.expect(packets.Disconnect); pk.ReasonCode != packets.ErrServerShuttingDown.Code {
		t.Errorf("DISCONNECT %#x", pk.ReasonCode)
	}
	if len(seen) != 2 {
		t.Errorf("wills %q", seen)
	}
}

func TestSilentClientIsGivenUp(t *testing.T) {
	r := start(t, nil)
	watch, _ := r.connect(4, "watch", nil)
	watch.subscribe("will", 0, nil)
	silent, _ := r.connect(4, "silent", withWill("will", "silent", func(pk *packets.Packet) { pk.Connect.Keepalive = 1 }))
	if got := watch.expectMessage("will"); got != "silent" {
		t.Errorf("got %q", got)
	}
	silent.expectEnd()
}

func TestWillNeedsPermission(t *testing.T) {
	r := start(t, nil)
	c, _ := r.connect(5, "c", withWill("secret", "x", asReader))
	c.nc.Close()
	eventually(t, "the will is refused", func() bool { return r.dropCount("denied") == 1 })
}
