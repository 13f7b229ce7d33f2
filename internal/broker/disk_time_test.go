package broker

import (
	"encoding/json"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"

	"gateway/internal/bus"
)

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
