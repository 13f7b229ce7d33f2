package broker

import (
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"

	"gateway/internal/access"
	"gateway/internal/bus"
)

// startMoody runs a broker on a store that the test can hold up or fill.
func startMoody(t *testing.T, change func(*Options)) (*rig, *moodyStore) {
	t.Helper()
	moody := &moodyStore{}
	disk := onDisk(t)
	r := start(t, func(o *Options) {
		disk(o)
		moody.SessionStore = o.Sessions
		o.Sessions = moody
		if change != nil {
			change(o)
		}
	})
	return r, moody
}

// offlineSubscriber leaves a persistent session behind.
func (r *rig) offlineSubscriber(id, filter string, qos byte) {
	r.t.Helper()
	c, _ := r.connect(5, id, persistent)
	c.subscribe(filter, qos, nil)
	c.nc.Close()
	r.awaitOffline(id)
}

func TestOneClientSharesCommitsAndIsAcknowledgedInOrder(t *testing.T) {
	const n = 200
	r, disk := startMoody(t, nil)
	r.offlineSubscriber("sub", "t", 1)
	entered := make(chan struct{}, n)
	r.bus.Attach("test", func(*bus.Delivery) { entered <- struct{}{} })
	pub, _ := r.connect(4, "pub", nil)
	release := disk.hold()
	for i := 1; i <= n; i++ {
		pub.send(packets.Packet{
			FixedHeader: packets.FixedHeader{Type: packets.Publish, Qos: byte(i%2 + 1)}, TopicName: "t", PacketID: uint16(i),
		})
	}
	for range n {
		<-entered // although not one is on disk
	}
	if early := pub.settle(); len(early) > 0 {
		t.Fatalf("acknowledged before it was on disk: %+v", early[0])
	}
	release()
	for i := 1; i <= n; i++ {
		want := packets.Puback
		if i%2 == 1 {
			want = packets.Pubrec
		}
		if ack := pub.expect(want); ack.PacketID != uint16(i) {
			t.Fatalf("acknowledgement of %d, want %d", ack.PacketID, i)
		}
	}
}

func TestAFloodWaitsForTheDisk(t *testing.T) {
	r, disk := startMoody(t, func(o *Options) { o.MaxInflight = 10 })
	r.offlineSubscriber("sub", "t", 1)
	pub, _ := r.connect(4, "pub", nil)
	release := disk.hold()
	pk := packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Publish, Qos: 1}, TopicName: "t"}
	for i := range 50 {
		pk.PacketID = uint16(i + 1)
		pub.send(pk)
	}
	eventually(t, "the limit is reached", func() bool { return r.client("sub").Queued >= 10 })
	if n := r.client("sub").Queued; n > 11 {
		t.Errorf("%d messages were taken without a word about the first", n)
	}
	release()
	for i := range 50 {
		if ack := pub.expect(packets.Puback); ack.PacketID != uint16(i+1) {
			t.Fatalf("PUBACK %d, want %d", ack.PacketID, i+1)
		}
	}
}

func TestExactlyOnceIsSentWhenItIsOnDisk(t *testing.T) {
	r, disk := startMoody(t, nil)
	sub, _ := r.connect(5, "sub", persistent)
	sub.subscribe("t", 2, nil)
	pub, _ := r.connect(5, "pub", nil)
	release := disk.hold()
	pub.publish("t", "x", 2, nil)
	eventually(t, "it is queued", func() bool { return r.client("sub").Queued == 1 })
	if early := sub.settle(); len(early) > 0 {
		t.Fatalf("sent before it was on disk: %+v", early[0])
	}
	release()
	if pk := sub.expect(packets.Publish); string(pk.Payload) != "x" {
		t.Errorf("got %+v", pk)
	}
	pub.expect(packets.Pubrec)
}

func TestFullDiskRefusesAndRecovers(t *testing.T) {
	for _, qos := range []byte{1, 2} {
		r, disk := startMoody(t, nil)
		sub, _ := r.connect(5, "sub", persistent)
		sub.subscribe("t", qos, nil)
		pub, _ := r.connect(5, "pub", persistent)
		kind := map[byte]byte{1: packets.Puback, 2: packets.Pubrec}[qos]
		pk := packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Publish, Qos: qos}, TopicName: "t", PacketID: 5, Payload: []byte("x")}

		disk.full.Store(true)
		pub.send(pk)
		if ack := pub.expect(kind); ack.ReasonCode != packets.ErrUnspecifiedError.Code {
			t.Errorf("qos %d: reason %#x with a full disk", qos, ack.ReasonCode)
		}
		if qos == 2 {
			if got := messages(sub.settle()); len(got) > 0 {
				t.Errorf("a message that the publisher will send again has reached the subscriber")
			}
		} else {
			sub.receive("t") // at least once
		}
		disk.full.Store(false)
		pub.send(pk)
		if ack := pub.expect(kind); ack.ReasonCode != 0 {
			t.Errorf("qos %d: reason %#x afterwards", qos, ack.ReasonCode)
		}
		if got := sub.receive("t"); got != "x" {
			t.Errorf("got %q", got)
		}
	}
}

func TestFullDiskEndsAnOldClientsConnectionAndTheRetrySucceeds(t *testing.T) {
	r, disk := startMoody(t, nil)
	r.offlineSubscriber("sub", "t", 2)
	pub, _ := r.connect(4, "pub", persistent)
	pk := packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Publish, Qos: 2}, TopicName: "t", PacketID: 5, Payload: []byte("x")}
	disk.full.Store(true)
	pub.send(pk)
	pub.expectEnd()
	disk.full.Store(false)
	pub, _ = r.connect(4, "pub", persistent)
	pk.FixedHeader.Dup = true
	pub.send(pk)
	pub.expect(packets.Pubrec)
	sub, _ := r.connect(5, "sub", persistent)
	if got := sub.receive("t"); got != "x" {
		t.Errorf("got %q", got)
	}
	if more := messages(sub.settle()); len(more) > 0 {
		t.Errorf("then came %q", more)
	}
}

func TestFullDiskRefusesSubscriptions(t *testing.T) {
	r, disk := startMoody(t, nil)
	c, _ := r.connect(5, "c", persistent)
	disk.full.Store(true)
	if code := c.subscribe("t", 1, nil); code != packets.ErrUnspecifiedError.Code {
		t.Errorf("SUBACK %#x", code)
	}
	disk.full.Store(false)
	if code := c.subscribe("t", 1, nil); code != 1 {
		t.Errorf("SUBACK %#x afterwards", code)
	}
}

func TestCleanSessionsAndAtMostOnceNeverTouchTheDisk(t *testing.T) {
	r, disk := startMoody(t, nil)
	clean, _ := r.connect(5, "clean", nil)
	clean.subscribe("t", 2, nil)
	persisting, _ := r.connect(5, "persistent", persistent)
	persisting.subscribe("t", 0, nil)
	disk.full.Store(true) // whatever asked for it would fail
	pub, _ := r.connect(5, "pub", nil)
	if code := pub.publish("t", "x", 1, nil); code != 0 {
		t.Errorf("PUBACK %#x", code)
	}
	clean.expectMessage("t")
	persisting.expectMessage("t")
	pub.publish("t", "y", 2, nil)
	if pk := pub.expect(packets.Pubrec); pk.ReasonCode != 0 {
		t.Errorf("PUBREC %#x", pk.ReasonCode)
	}
	disk.full.Store(false)
}

// again closes the broker and starts another one on the same store.
func (r *rig) again(disk func(*Options), change func(*Options)) *rig {
	r.t.Helper()
	r.close()
	return start(r.t, func(o *Options) {
		disk(o)
		if change != nil {
			change(o)
		}
	})
}

func TestQueuedMessagesThatMayNotBeReadAnyMoreAreDropped(t *testing.T) {
	disk := onDisk(t)
	read := []string{"#"}
	r := start(t, func(o *Options) {
		disk(o)
		o.Authenticate = func(Credentials) (*access.Principal, error) {
			return &access.Principal{Kind: access.KindToken, ID: "c", Read: read, Write: []string{"#"}}, nil
		}
	})
	r.offlineSubscriber("c", "+/x", 1)
	r.publish("secret/x", "1", atLeastOnce)
	r.publish("open/x", "2", atLeastOnce)
	read = []string{"open/#"}
	c, _ := r.connect(5, "c", persistent)
	if got := messages(c.settle()); len(got) != 1 || got[0] != "2" || r.dropCount("denied") != 1 {
		t.Errorf("got %q, %d dropped", got, r.dropCount("denied"))
	}
	eventually(t, "one is left", func() bool { return r.client("c").Queued == 1 })
}
