package broker

import (
	"bytes"
	"testing"
	"time"
)

// FuzzItem reads a message from a disk that may hold anything, and demands that what it takes can be sent.
func FuzzItem(f *testing.F) {
	c := newClock(time.Now)
	for _, v := range []variant{{qos: 1}, {qos: 2, v5: true, retain: true}, {qos: 1, v5: true, ids: []int{1, 300}, hops: "2"}} {
		p := &publication{topic: "home/lamp", payload: []byte("on"), expires: 5 * time.Second}
		f.Add(encodeItem(&outgoing{frame: encode(p, v), qos: v.qos, expires: p.expires}, c))
	}
	f.Add([]byte{itemFormat})
	f.Fuzz(func(t *testing.T, data []byte) {
		o, err := decodeItem(data, c)
		if err != nil {
			return
		}
		for _, v5 := range []bool{true, false} {
			to := o.frame.convert(v5)
			if to == o.frame && to.v5 != v5 {
				t.Errorf("cannot be sent in MQTT 5: %v", v5)
			}
			sent := bytes.Clone(to.bytes)
			o := outgoing{frame: to, id: 77, expires: o.expires, dup: true}
			o.patch(sent, o.frame.idAt, o.frame.expiryAt, c.now())
			if again := reencode(sent, v5, v5); again == nil || !bytes.Equal(again.bytes[again.idAt+2:], to.bytes[to.idAt+2:]) && o.expires == 0 {
				t.Errorf("what is sent cannot be read: %x", sent)
			}
		}
	})
}

// FuzzRecord reads a session's record from a disk that may hold anything.
func FuzzRecord(f *testing.F) {
	f.Add([]byte(`{"format":1,"principal":{"kind":"anonymous","id":"a","read":["#"]},"version":5,"expiry_s":60,"online":true}`))
	f.Add([]byte(`{"format":2}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if r, err := decodeSession(data); err == nil && r.identity().principal == nil {
			t.Error("a session of nobody")
		}
	})
}

func TestItemsKeepWhatTheyAre(t *testing.T) {
	c := newClock(time.Now)
	for _, v := range []variant{{qos: 1}, {qos: 2}, {qos: 1, v5: true}, {qos: 2, v5: true, retain: true, ids: []int{7}}} {
		for _, expires := range []age{0, c.now() + time.Minute} {
			p := &publication{topic: "a/b", payload: []byte("x"), expires: expires}
			o := &outgoing{frame: encode(p, v), qos: v.qos, expires: expires, stored: v.retain}
			got, err := decodeItem(encodeItem(o, c), c)
			if err != nil {
				t.Fatal(err)
			}
			f := got.frame
			if got.qos != v.qos || got.stored != v.retain || !bytes.Equal(f.bytes, o.frame.bytes) || f.idAt != o.frame.idAt || f.expiryAt != o.frame.expiryAt {
				t.Errorf("%+v: got %+v %+v, want %+v", v, got, got.frame, o.frame)
			}
			if drift := (got.expires - expires).Abs(); drift > time.Second {
				t.Errorf("expires at %v, want %v", got.expires, expires)
			}
		}
	}
}

func TestPacketIdentifiersOnDiskAreApart(t *testing.T) {
	seen := map[uint16]bool{}
	for item := uint64(1); item <= diskIDs; item++ {
		id := packetID(item)
		if id == 0 || id > diskIDs || seen[id] {
			t.Fatalf("item %d has the identifier %d", item, id)
		}
		seen[id] = true
	}
	if packetID(diskIDs+1) != packetID(1) {
		t.Error("the identifiers do not go round")
	}
}

func TestRate(t *testing.T) {
	now := time.Unix(1000, 0)
	r := newRate(2)
	for i := range 2 * rateBurst {
		if d := r.take(now); d > 0 {
			t.Fatalf("message %d of a burst waits %v", i, d)
		}
	}
	if d := r.take(now); d != time.Second/2 {
		t.Errorf("one too many waits %v", d)
	}
	if d := r.take(now); d != time.Second {
		t.Errorf("another one waits %v", d)
	}
	if d := r.take(now.Add(time.Hour)); d > 0 {
		t.Errorf("after an hour it waits %v", d)
	}
	newRate(0).wait(nil) // does not limit
}

func TestPublishRateSlowsAndLosesNothing(t *testing.T) {
	r := start(t, func(o *Options) { o.MaxRate = 100 })
	sub, _ := r.connect(4, "sub", nil)
	sub.subscribe("t", 0, nil)
	pub, _ := r.connect(4, "pub", nil)
	started := time.Now()
	for i := range 1100 {
		pub.publish("t", itoa(i), 0, nil)
	}
	for i := range 1100 {
		if got := sub.expectMessage("t"); got != itoa(i) {
			t.Fatalf("message %d was %s", i, got)
		}
	}
	if time.Since(started) < 900*time.Millisecond { // 1000 at once, the others in no less than a second
		t.Error("nothing was slowed")
	}
}
