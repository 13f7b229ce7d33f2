package broker

import (
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/mochi-mqtt/server/v2/packets"

	"gateway/internal/bus"
)

// memoryStore is a RetainedStore that outlives a broker.
type memoryStore struct {
	mu     sync.Mutex
	topics map[string]Retained
}

func (s *memoryStore) PutRetained(r Retained) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.topics[r.Topic] = r
	return nil
}

func (s *memoryStore) DeleteRetained(topic string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.topics, topic)
	return nil
}

func (s *memoryStore) has(topic string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.topics[topic]
	return ok
}

func (s *memoryStore) EachRetained(fn func(Retained) error) error {
	for _, r := range s.topics {
		if err := fn(r); err != nil {
			return err
		}
	}
	return nil
}

func retain(m *bus.Message) { m.QoS, m.Retain = 1, true }

func TestRetainedSurvivesARestart(t *testing.T) {
	store := &memoryStore{topics: map[string]Retained{}}
	withStore := func(o *Options) { o.Retained = store }
	r := start(t, withStore)
	c, _ := r.connect(5, "c", nil)
	c.publish("from/mqtt", "a", 1, func(pk *packets.Packet) {
		pk.FixedHeader.Retain = true
		pk.Properties.ContentType, pk.Properties.User = "text/plain", []packets.UserProperty{{Key: "k", Val: "v"}}
		pk.Properties.MessageExpiryInterval = 1000
	})
	r.publish("from/bus", "b", retain)
	r.publish("removed", "c", retain)
	r.publish("removed", "", retain)
	r.close()
	if len(store.topics) != 2 {
		t.Errorf("stored %v", store.topics)
	}

	r = start(t, withStore)
	c, _ = r.connect(5, "c", nil)
	c.subscribe("#", 1, nil)
	if got := c.expectMessage("from/bus"); got != "b" {
		t.Errorf("got %q", got)
	}
	pk := c.expect(packets.Publish)
	want := packets.Properties{
		ContentType: "text/plain", User: []packets.UserProperty{{Key: "k", Val: "v"}},
		MessageExpiryInterval: pk.Properties.MessageExpiryInterval,
	}
	if diff := cmp.Diff(want, pk.Properties); diff != "" || !pk.FixedHeader.Retain || pk.FixedHeader.Qos != 1 {
		t.Errorf("got %+v\n%s", pk, diff)
	}
	if left := pk.Properties.MessageExpiryInterval; left == 0 || left > 1000 {
		t.Errorf("expires in %d s", left)
	}
}

func TestRetainHandling(t *testing.T) {
	r := start(t, nil)
	r.publish("t", "kept", retain)
	for _, tc := range []struct {
		name     string
		handling byte
		want     []bool // whether the first and the second SUBSCRIBE bring the retained message
	}{
		{"always", 0, []bool{true, true}}, {"when new", 1, []bool{true, false}}, {"never", 2, []bool{false, false}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c, _ := connectOver(t, dial(t, r.Addrs()[ListenerTCP]), 5, tc.name, nil)
			for i, want := range tc.want {
				c.subscribe("t", 0, func(s *packets.Subscription) { s.RetainHandling = tc.handling })
				if got := c.settle(); (len(got) == 1 && got[0].FixedHeader.Retain) != want {
					t.Errorf("SUBSCRIBE %d brought %v", i, got)
				}
			}
		})
	}
}

// More retained messages than queue and window hold: none may be lost, and live ones come after them.
func TestManyRetainedMessagesAllArrive(t *testing.T) {
	const n = 5000
	for _, qos := range []byte{0, 1} {
		r := start(t, func(o *Options) { o.MaxQueued, o.MaxInflight = 100, 20 })
		for i := range n {
			r.publish("t/"+itoa(i), "kept", retain)
		}
		c, _ := r.connect(4, "c", nil)
		c.subscribe("t/+", qos, nil)
		r.publish("t/5", "live", func(m *bus.Message) { m.QoS = qos })
		seen := map[string]string{}
		for range n + 1 {
			pk := c.expect(packets.Publish)
			if pk.FixedHeader.Qos == 1 {
				c.ack(packets.Puback, pk.PacketID)
			}
			seen[pk.TopicName] = string(pk.Payload)
		}
		if len(seen) != n || seen["t/5"] != "live" {
			t.Errorf("qos %d: %d topics, the last of t/5 is %q", qos, len(seen), seen["t/5"])
		}
	}
}

func TestRetainedExpires(t *testing.T) {
	now := time.Now()
	store := &memoryStore{topics: map[string]Retained{
		"old":   {Topic: "old", Payload: []byte("x"), At: now.Add(-time.Hour), Expiry: 60},
		"fresh": {Topic: "fresh", Payload: []byte("y"), At: now, Expiry: 3600},
		"bad":   {Topic: "bad", Payload: []byte("z"), At: now, Props: []byte{200, 1, 2}},
	}}
	r := start(t, func(o *Options) { o.Retained = store })
	c, _ := r.connect(4, "c", nil)
	c.subscribe("#", 0, nil)
	c.expectMessage("bad")
	c.expectMessage("fresh")
	r.retained.sweep(r.clock.now())
	eventually(t, "the expired message is not stored any more", func() bool { return !store.has("old") })
}

func TestRetainedIsBounded(t *testing.T) {
	r := start(t, func(o *Options) { o.MaxRetained = 20 })
	for i := range 30 {
		r.publish("t/"+itoa(i), "x", retain)
	}
	if n := r.Stats().Retained; n != 20 || r.dropCount("retained_full") == 0 {
		t.Errorf("%d retained, %d counted", n, r.dropCount("retained_full"))
	}
	r.publish("t/0", "changed", retain)
	c, _ := r.connect(4, "c", nil)
	c.subscribe("t/0", 0, nil)
	if got := c.expectMessage("t/0"); got != "changed" {
		t.Errorf("got %q", got)
	}
}
