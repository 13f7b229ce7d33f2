package broker

import (
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"

	"gateway/internal/access"
	"gateway/internal/bus"
)

// Clients that share identifiers come and go in every way there is, while messages are queued for them. In the end the disk
// has exactly the sessions that the broker has, and the broker works.
func TestChurnLeavesNothingBehind(t *testing.T) {
	ids := []string{"a", "b", "c", "d"}
	disk := onDisk(t)
	r := start(t, disk)
	var clients, publisher sync.WaitGroup
	stop := make(chan struct{})
	publisher.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
				receipt, err := r.bus.Publish(bus.Message{Topic: "t", QoS: byte(i%2 + 1), Principal: access.System(), Payload: []byte(itoa(i))})
				if err == nil {
					err = receipt.Wait(t.Context())
				}
				if err != nil {
					t.Error(err)
					return
				}
			}
		}
	})
	for range 8 {
		clients.Go(func() {
			for range 30 {
				r.visit(ids[rand.IntN(len(ids))])
			}
		})
	}
	clients.Wait()
	close(stop)
	publisher.Wait()
	eventually(t, "all connections have ended", func() bool {
		r.gate.Lock()
		defer r.gate.Unlock()
		return len(r.conns) == 0
	})
	kept := r.persistentSessions()
	if got := r.sessionsOnDisk(); !slices.Equal(got, kept) {
		t.Errorf("on disk are %q, in memory %q", got, kept)
	}
	r = r.again(disk, nil)
	if got := r.persistentSessions(); !slices.Equal(got, kept) {
		t.Errorf("sessions %q, after a restart %q", kept, got)
	}
	for _, id := range ids {
		c, _ := r.connect(5, id, func(pk *packets.Packet) { persistent(pk); pk.Connect.Clean = true })
		c.subscribe("end", 1, nil)
		r.publish("end", id, atLeastOnce)
		if got := c.receive("end"); got != id {
			t.Errorf("got %q", got)
		}
		c.leave()
	}
}

// visit is one connection of a client, in a random way. Others may take it over at any time.
func (r *rig) visit(id string) {
	nc := dial(r.t, r.Addrs()[ListenerTCP])
	defer nc.Close()
	c := &client{t: r.t, nc: nc, version: 5}
	pk := packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Connect}}
	pk.Connect.ProtocolName, pk.Connect.ClientIdentifier, pk.Connect.Keepalive = []byte("MQTT"), id, 60
	pk.Connect.Clean = rand.IntN(3) == 0
	pk.Properties.SessionExpiryIntervalFlag = true
	pk.Properties.SessionExpiryInterval = uint32(rand.IntN(3) * 1000)
	said := []packets.Packet{pk}
	if rand.IntN(4) > 0 {
		sub := packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Subscribe, Qos: 1}, PacketID: 1}
		sub.Filters = packets.Subscriptions{{Filter: "t", Qos: 2}}
		said = append(said, sub)
	}
	if rand.IntN(2) == 0 {
		pub := packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Publish, Qos: 2}, TopicName: "t", PacketID: uint16(rand.IntN(3) + 1)}
		said = append(said, pub)
	}
	if rand.IntN(2) == 0 {
		said = append(said, disconnect())
	}
	for _, pk := range said {
		if c.say(pk) != nil {
			return
		}
	}
	buf := make([]byte, 1000)
	_, _ = nc.Read(buf) // CONNACK, or the end
}

// sessionsOnDisk and persistentSessions are in order of client ids.
func (r *rig) sessionsOnDisk() []string {
	names, err := r.opts.Sessions.Names(sessionQueue)
	if err != nil {
		r.t.Error(err)
	}
	for i := range names {
		names[i] = names[i][len(sessionQueue):]
	}
	return names
}

func (r *rig) persistentSessions() (ids []string) {
	r.Broker.mu.RLock()
	defer r.Broker.mu.RUnlock()
	for id, s := range r.sessions {
		if s.disk != nil {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

func TestAFullQueueKeepsTheOldestAcrossARestart(t *testing.T) {
	disk := onDisk(t)
	r := start(t, func(o *Options) { disk(o); o.MaxQueued = 5 })
	r.offlineSubscriber("c", "t", 1)
	for i := range 8 {
		r.publish("t", itoa(i), atLeastOnce)
	}
	if r.dropCount("queue_full") != 3 {
		t.Errorf("%d dropped", r.dropCount("queue_full"))
	}
	r = r.again(disk, nil)
	c, _ := r.connect(5, "c", persistent)
	for i := range 5 {
		if got := c.receive("t"); got != itoa(i) {
			t.Errorf("message %d was %s", i, got)
		}
	}
	if more := messages(c.settle()); len(more) > 0 {
		t.Errorf("then came %q", more)
	}
}

func TestMessagesAreQueuedBeforeTheBrokerHasStarted(t *testing.T) {
	disk := onDisk(t)
	r := start(t, disk)
	r.offlineSubscriber("c", "t", 2)
	r.close()
	r.bus = bus.New(bus.Options{}) // that of the next run
	o := Options{Listen: "127.0.0.1:0", Authenticate: authenticate}
	disk(&o)
	b, err := New(o, r.bus)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 4 {
		receipt, err := r.bus.Publish(bus.Message{Topic: "t", QoS: byte(i%2 + 1), Principal: access.System(), Payload: []byte(itoa(i))})
		if err != nil || !receipt.Durable() || receipt.Wait(t.Context()) != nil {
			t.Fatal("not taken")
		}
	}
	if err := b.Start(); err != nil {
		t.Fatal(err)
	}
	r.Broker = b
	c, _ := r.connect(5, "c", persistent)
	for i := range 4 {
		if got := c.receive("t"); got != itoa(i) {
			t.Errorf("got %s, want %d", got, i)
		}
	}
	if more := messages(c.settle()); len(more) > 0 {
		t.Errorf("then came %q", more)
	}
}

func TestMessagesAreQueuedAfterTheBrokerHasClosed(t *testing.T) {
	disk := onDisk(t)
	r := start(t, disk)
	r.offlineSubscriber("c", "t", 2)
	r.close()
	for i := range 4 {
		receipt, err := r.bus.Publish(bus.Message{Topic: "t", QoS: byte(i%2 + 1), Principal: access.System(), Payload: []byte(itoa(i))})
		if err != nil || receipt.Wait(t.Context()) != nil {
			t.Fatal("not taken")
		}
	}
	r = start(t, disk)
	c, _ := r.connect(5, "c", persistent)
	for i := range 4 {
		if got := c.receive("t"); got != itoa(i) {
			t.Errorf("message %d was %s", i, got)
		}
	}
}

func TestAStoredSessionGoesOnInAnotherVersion(t *testing.T) {
	disk := onDisk(t)
	r := start(t, disk)
	r.offlineSubscriber("c", "t", 2)
	r.publish("t", "x", func(m *bus.Message) { m.QoS, m.Props, m.Expiry = 2, []bus.Prop{{Key: "a", Value: "b"}}, 1000 })
	r = r.again(disk, nil)
	old, ack := r.connect(4, "c", persistent)
	if !ack.SessionPresent {
		t.Fatal("no session")
	}
	if got := old.expect(packets.Publish); string(got.Payload) != "x" || got.FixedHeader.Qos != 2 {
		t.Errorf("got %+v", got)
	}
	old.nc.Close()
	r.awaitOffline("c")
	r = r.again(disk, nil)
	again, _ := r.connect(5, "c", persistent)
	got := again.expect(packets.Publish)
	if string(got.Payload) != "x" || !got.FixedHeader.Dup || len(got.Properties.User) != 1 || got.Properties.MessageExpiryInterval == 0 {
		t.Errorf("got %+v", got)
	}
}
