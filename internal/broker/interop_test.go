package broker

import (
	"bufio"
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"
)

// What is demanded here is what Eclipse Paho's interoperability suites demand, of real connections and in their words: 3.1.1
// all of it, 5.0 all but a server keepalive of exactly 60 s and a filter that the suite's own server refuses.

// interop is one test's part of a broker: topics and client ids of its own.
type interop struct {
	*rig
	t       *testing.T
	version byte
	prefix  string
}

func (i *interop) topic(name string) string { return i.prefix + "/" + name }

func (i *interop) join(id string, change func(*packets.Packet)) *party {
	i.t.Helper()
	r := rig{t: i.t, Broker: i.Broker, bus: i.bus}
	return r.join(i.version, i.prefix+id, change)
}

// keeps is the CONNECT of a session that outlives its connection, and goes on with one that is there.
func keeps(pk *packets.Packet) {
	pk.Connect.Clean = false
	pk.Properties.SessionExpiryInterval, pk.Properties.SessionExpiryIntervalFlag = 99999, true
}

// keepsAnew is the same, but starts clean where that is possible.
func keepsAnew(pk *packets.Packet) {
	keeps(pk)
	pk.Connect.Clean = pk.ProtocolVersion == 5
}

func runInterop(t *testing.T, versions []byte, tests map[string]func(i *interop)) {
	r := start(t, onDisk(t))
	t.Run("group", func(t *testing.T) {
		for _, version := range versions {
			for name, test := range tests {
				prefix := "mqtt" + itoa(int(version)) + " " + name
				t.Run(prefix, func(t *testing.T) {
					t.Parallel()
					test(&interop{rig: r, t: t, version: version, prefix: prefix})
				})
			}
		}
	})
}

func TestInterop(t *testing.T) {
	runInterop(t, []byte{4, 5}, map[string]func(*interop){
		"basic": interopBasic, "second connect": interopSecondConnect, "wrong protocol": interopWrongProtocol,
		"retained": interopRetained, "will": interopWill, "keepalive": interopKeepalive,
		"empty client id": interopEmptyClientID, "offline queueing": interopOfflineQueueing,
		"overlapping": interopOverlapping, "redelivery": interopRedelivery, "subscribe failure": interopSubscribeFailure,
		"dollar topics": interopDollarTopics, "unsubscribe": interopUnsubscribe,
	})
}

func interopBasic(i *interop) {
	i.join("a", nil).leave(-1)
	a := i.join("a", nil)
	topic := i.topic("TopicA")
	a.subTo(topic)
	a.put(topic, "qos 0", 0, nil)
	a.put(topic, "qos 1", 1, nil)
	a.put(topic, "qos 2", 2, nil)
	if got := qualities(a.heard(3)); got != [3]int{1, 1, 1} {
		i.t.Errorf("%v messages of QoS 0, 1 and 2", got)
	}
	a.leave(-1)
}

func connectPacket(id string) packets.Packet {
	pk := packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Connect}}
	pk.Connect.ProtocolName, pk.Connect.ClientIdentifier = []byte("MQTT"), id
	pk.Connect.Clean, pk.Connect.Keepalive = true, 60
	return pk
}

func interopSecondConnect(i *interop) {
	r := rig{t: i.t, Broker: i.Broker}
	c, _ := r.connect(i.version, i.prefix, nil)
	refusedConnect(i.t, c, connectPacket(i.prefix))
}

func interopWrongProtocol(i *interop) {
	nc := dial(i.t, i.Addrs()[ListenerTCP])
	c := &client{t: i.t, nc: nc, in: bufio.NewReader(nc), version: i.version}
	pk := connectPacket(i.prefix)
	pk.Connect.ProtocolName = []byte("hj")
	refusedConnect(i.t, c, pk)
}

func interopRetained(i *interop) {
	a := i.join("a", nil)
	for qos, name := range []string{"TopicA/B", "Topic/C", "TopicA/C"} {
		a.say(i.topic(name), "qos "+itoa(qos), byte(qos), func(pk *packets.Packet) {
			pk.FixedHeader.Retain = true
			pk.Properties.User = []packets.UserProperty{{Key: "a", Val: "2"}, {Key: "c", Val: "3"}}
		})
	}
	a.subTo(i.topic("+/+"))
	messages := a.heard(3)
	if got := qualities(messages); got != [3]int{1, 1, 1} {
		i.t.Errorf("%v messages of QoS 0, 1 and 2", got)
	}
	for _, m := range messages {
		if p := m.Properties.User; i.version == 5 && (len(p) != 2 || p[0].Val != "2" || p[1].Val != "3") {
			i.t.Errorf("user properties %v", p)
		}
		if !m.FixedHeader.Retain {
			i.t.Errorf("%s came without the retain flag", m.TopicName)
		}
	}
	a.leave(-1)

	a = i.join("a", nil)
	for qos, name := range []string{"TopicA/B", "Topic/C", "TopicA/C"} {
		a.say(i.topic(name), "", byte(qos), func(pk *packets.Packet) { pk.FixedHeader.Retain = true })
	}
	a.subTo(i.topic("+/+"))
	a.heard(0)
}

func interopWill(i *interop) {
	a := i.join("a", func(pk *packets.Packet) {
		pk.Connect.WillFlag, pk.Connect.WillTopic, pk.Connect.WillPayload = true, i.topic("Topic/C"), []byte("not disconnected")
		pk.Connect.WillProperties.User = []packets.UserProperty{{Key: "a", Val: "2"}, {Key: "c", Val: "3"}}
		pk.Connect.WillQos = 2
	})
	b := i.join("b", keeps)
	b.subTo(i.topic("Topic/C"))
	a.nc.Close()
	will := b.heard(1)[0]
	if p := will.Properties.User; i.version == 5 && (len(p) != 2 || p[0].Key != "a" || p[1].Key != "c") {
		i.t.Errorf("user properties of the will: %v", p)
	}
}

// A client that says nothing for one and a half of its keepalive is gone.
func interopKeepalive(i *interop) {
	i.join("a", func(pk *packets.Packet) {
		pk.Connect.Keepalive = 2
		pk.Connect.WillFlag, pk.Connect.WillTopic, pk.Connect.WillPayload = true, i.topic("/TopicA"), []byte("keepalive expiry")
	})
	b := i.join("b", func(pk *packets.Packet) { pk.Connect.Keepalive = 0 })
	b.subTo(i.topic("/TopicA"))
	b.heard(1)
}

func interopEmptyClientID(i *interop) {
	r := rig{t: i.t, Broker: i.Broker}
	c, ack := r.connect(i.version, "", nil)
	if ack.ReasonCode != 0 {
		i.t.Errorf("clean: CONNACK %#x", ack.ReasonCode)
	}
	if i.version == 5 && ack.Properties.AssignedClientID == "" {
		i.t.Error("no client id was assigned")
	}
	c.leave()
	c, ack = r.connect(i.version, "", func(pk *packets.Packet) { pk.Connect.Clean = false })
	if refused := ack.ReasonCode != 0; refused != (i.version == 4) {
		i.t.Errorf("not clean: CONNACK %#x", ack.ReasonCode)
	}
	c.nc.Close()
}

func interopOfflineQueueing(i *interop) {
	a := i.join("a", keepsAnew)
	a.subTo(i.topic("+/+"))
	a.leave(-1)
	b := i.join("b", nil)
	b.put(i.topic("TopicA/B"), "qos 0", 0, nil)
	b.say(i.topic("Topic/C"), "qos 1", 1, nil)
	b.say(i.topic("TopicA/C"), "qos 2", 2, nil)
	b.leave(-1)
	a = i.join("a", keeps)
	if got := payloads(a.heard(2)); string(got[0][len(got[0])-5:]) != "qos 1" {
		i.t.Errorf("got %v", got)
	}
}

func interopOverlapping(i *interop) {
	a := i.join("a", nil)
	a.sub(0, packets.Subscription{Filter: i.topic("TopicA/#"), Qos: 2}, packets.Subscription{Filter: i.topic("TopicA/+"), Qos: 1})
	a.say(i.topic("TopicA/C"), "overlapping topic filters", 2, nil)
	if got := a.heard(1)[0].FixedHeader.Qos; got != 2 {
		i.t.Errorf("QoS %d", got)
	}
}

func interopRedelivery(i *interop) {
	b := i.join("b", keeps)
	b.subTo(i.topic("TopicA/#"))
	b.mu.Lock()
	b.mute = true
	b.mu.Unlock()
	b.put(i.topic("TopicA/B"), "", 1, nil)
	b.put(i.topic("TopicA/C"), "", 2, nil)
	eventually(i.t, "both are sent", b.is(func() bool { return b.ignored == 2 }))
	b.leave(-1)
	b = i.join("b", keeps)
	for _, m := range b.heard(2) {
		if !m.FixedHeader.Dup {
			i.t.Errorf("%s is not marked as sent again", m.TopicName)
		}
	}
}

// What a client may not read it is told in SUBACK: the suites' own server refuses a fixed filter, ours what a token says.
func interopSubscribeFailure(i *interop) {
	a := i.join("a", func(pk *packets.Packet) { pk.Connect.UsernameFlag, pk.Connect.Username = true, []byte("reader") })
	want := byte(0x80)
	if i.version == 5 {
		want = packets.ErrNotAuthorized.Code
	}
	if got := a.subTo("test/nosubscribe", "allowed/x"); len(got) != 2 || got[0] != want || got[1] != 2 {
		i.t.Errorf("SUBACK %#x, want %#x and 2", got, want)
	}
}

func interopDollarTopics(i *interop) {
	b := i.join("b", func(pk *packets.Packet) { pk.Connect.Keepalive = 0 })
	b.subTo("+/" + i.prefix + "/+")
	b.say("$"+i.topic("TopicA"), "", 1, nil)
	b.say("$x/"+i.topic("TopicA"), "", 1, nil)
	b.heard(0)
	b.leave(-1)
}

func interopUnsubscribe(i *interop) {
	b := i.join("b", nil)
	for _, name := range []string{"TopicA", "TopicA/B", "Topic/C"} {
		b.subTo(i.topic(name))
	}
	b.unsubscribe(i.topic("TopicA"))
	a := i.join("a", nil)
	for _, name := range []string{"TopicA", "TopicA/B", "Topic/C"} {
		a.say(i.topic(name), name, 1, nil)
	}
	b.heard(2)
}
