package broker

import (
	"encoding/json"
	"sync/atomic"
	"testing"
	"time"

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

// again closes the broker and starts another one on the same store, with a changed machine and time of day.
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

func expiring(seconds uint32) func(*packets.Packet) {
	return func(pk *packets.Packet) {
		persistent(pk)
		pk.Properties.SessionExpiryInterval = seconds
	}
}

func TestSessionExpiresAcrossARestart(t *testing.T) {
	disk := onDisk(t)
	r := start(t, disk)
	for id, seconds := range map[string]uint32{"short": 2, "long": 1000} {
		c, _ := r.connect(5, id, expiring(seconds))
		c.subscribe("t", 1, nil)
		c.nc.Close()
		r.awaitOffline(id)
	}
	r = r.again(disk, nil)
	eventually(t, "the short session ends", func() bool { return r.client("short").ID == "" })
	if r.client("long").ID == "" {
		t.Error("the long one ended too")
	}
	if _, ack := r.connect(5, "short", expiring(2)); ack.SessionPresent {
		t.Error("the short one is back")
	}
	r = r.again(disk, nil)
	if _, ack := r.connect(5, "long", expiring(1000)); !ack.SessionPresent {
		t.Error("the long session is gone")
	}
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

func TestDisconnectMayShortenTheSession(t *testing.T) {
	disk := onDisk(t)
	r := start(t, disk)
	c, _ := r.connect(5, "c", persistent)
	c.subscribe("t", 1, nil)
	pk := disconnect()
	pk.Properties.SessionExpiryIntervalFlag = true
	c.send(pk)
	c.expectEnd()
	eventually(t, "the session ends", func() bool { return r.client("c").ID == "" })
	r = r.again(disk, nil)
	if r.client("c").ID != "" {
		t.Error("the session is back")
	}
}

// Whatever the clock on the wall does, while the broker runs and while it does not, nothing expires too soon.
func TestClockJumps(t *testing.T) {
	day := 24 * time.Hour
	now := time.Now()
	for _, tc := range []struct {
		name            string
		later, restart  time.Time // times of day after the message was queued, and in the next run
		anotherMachine  bool      // the machine was restarted too
		messageSurvives bool
	}{
		{"a day forward", now.Add(day), now.Add(day), false, true},
		{"a day back", now.Add(-day), now.Add(-day), false, true},
		{"forward while down", now, now.Add(day), false, true},
		{"back while down", now, now.Add(-day), false, true},
		{"started in 1970", now, time.Unix(100, 0), true, true},
		{"ran in 1970, then the time came", time.Unix(100, 0), now, true, true},
		{"off for a day, as far as one can tell", now, now.Add(day), true, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var wall atomic.Pointer[time.Time]
			wall.Store(&now)
			disk := onDisk(t)
			at := func(o *Options) { disk(o); o.Now = func() time.Time { return *wall.Load() } }
			r := start(t, at)
			r.offlineSubscriber("sub", "t", 1)
			r.publish("t", "stays", atLeastOnce)
			r.publish("t", "expires", func(m *bus.Message) { m.QoS, m.Expiry = 1, 3600 })
			wall.Store(&tc.later)
			r.close()
			if tc.anotherMachine {
				forgetMachine(t, disk)
			}
			wall.Store(&tc.restart)
			r = start(t, at)
			sub, ack := r.connect(5, "sub", persistent)
			if !ack.SessionPresent {
				t.Fatal("the session is gone")
			}
			if got := sub.expectMessage("t"); got != "stays" {
				t.Errorf("got %s", got)
			}
			more := sub.settle()
			if got := len(messages(more)) == 1; got != tc.messageSurvives {
				t.Errorf("the message that expires came: %v, want %v", got, tc.messageSurvives)
			} else if got && (more[0].Properties.MessageExpiryInterval > 3600 || more[0].Properties.MessageExpiryInterval < 3500) {
				t.Errorf("it expires in %d s", more[0].Properties.MessageExpiryInterval)
			}
		})
	}
}

// forgetMachine makes the stored clock that of a machine which has been started anew since.
func forgetMachine(t *testing.T, disk func(*Options)) {
	t.Helper()
	var o Options
	disk(&o)
	q, err := o.Sessions.Open(brokerQueue)
	if err != nil {
		t.Fatal(err)
	}
	var r clockRecord
	q.Records(keyClock, func(_ string, data []byte) bool { return json.Unmarshal(data, &r) == nil })
	r.Machine = "another"
	data, _ := json.Marshal(r)
	c := o.Sessions.Change()
	c.Put(q, keyClock, data)
	wait, err := c.Commit()
	if err != nil || wait(t.Context()) != nil {
		t.Fatal("the clock was not stored")
	}
}

func TestClockSetWhileRunningExpiresNothing(t *testing.T) {
	now := time.Now()
	var wall atomic.Pointer[time.Time]
	wall.Store(&now)
	r := start(t, func(o *Options) { o.Now = func() time.Time { return *wall.Load() } })
	r.offlineSubscriber("sub", "t", 1)
	r.publish("t", "x", func(m *bus.Message) { m.QoS, m.Expiry = 1, 60 })
	r.publish("kept", "y", func(m *bus.Message) { m.Retain, m.Expiry = true, 60 })
	tomorrow := now.Add(24 * time.Hour)
	wall.Store(&tomorrow)
	sub, ack := r.connect(5, "sub", persistent)
	if !ack.SessionPresent {
		t.Fatal("the session is gone")
	}
	if got := sub.expectMessage("t"); got != "x" {
		t.Errorf("got %s", got)
	}
	sub.subscribe("kept", 0, nil)
	if got := sub.expectMessage("kept"); got != "y" {
		t.Errorf("got %s", got)
	}
}

func TestWillDelayAcrossARestart(t *testing.T) {
	disk := onDisk(t)
	r := start(t, disk)
	gone, _ := r.connect(5, "gone", withWill("will/gone", "gone", delayed(2)))
	gone.nc.Close()
	back, _ := r.connect(5, "back", withWill("will/back", "back", delayed(2)))
	back.nc.Close()
	left, _ := r.connect(5, "left", withWill("will/left", "left", delayed(2)))
	left.send(disconnect())
	left.expectEnd()
	for _, id := range []string{"gone", "back", "left"} {
		r.awaitOffline(id)
	}
	r = r.again(disk, nil)
	wills := make(chan string, 10)
	r.bus.Attach("test", func(d *bus.Delivery) { wills <- d.Message.Topic + " " + string(d.Message.Payload) })
	r.connect(5, "back", persistent)
	if got := <-wills; got != "will/gone gone" {
		t.Errorf("got %q", got)
	}
	r = r.again(disk, nil)
	r.bus.Attach("test", func(d *bus.Delivery) { wills <- d.Message.Topic })
	r.publish("end", "", nil)
	if got := <-wills; got != "end" {
		t.Errorf("%q was published again", got)
	}
}
