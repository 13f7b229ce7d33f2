package broker

import (
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"

	"gateway/internal/access"
	"gateway/internal/bus"
)

// A sender that waits for an answer wants to know at once when nobody is there to give one.
func TestReceiptsTellWhoHeard(t *testing.T) {
	r := start(t, onDisk(t))
	on, _ := r.connect(4, "on", nil)
	on.subscribe("on/+", 0, nil)
	self, _ := r.connect(5, "self", nil)
	self.subscribe("self", 1, func(s *packets.Subscription) { s.NoLocal = true })
	reader, _ := r.connect(4, "reader", func(pk *packets.Packet) {
		pk.Connect.UsernameFlag, pk.Connect.Username = true, []byte("reader")
	})
	reader.subscribe("allowed/#", 0, nil)
	reader.subscribe("#", 0, nil)
	r.offlineSubscriber("off", "off", 1)
	r.offlineSubscriber("off0", "off0", 0)
	for _, c := range []struct {
		topic    string
		qos      byte
		heard    int
		waiting  int
		waitsFor string
	}{
		{"nobody", 1, 0, 0, ""},
		{"on/1", 0, 1, 0, ""},
		{"on/2", 1, 1, 0, ""},
		{"off", 1, 0, 1, "off"},
		{"off", 2, 0, 1, "off"},
		{"off", 0, 0, 0, ""}, // of QoS 0 nothing is kept
		{"off0", 1, 0, 0, ""},
		{"self", 1, 0, 0, ""}, // the sender does not hear itself
		{"forbidden", 0, 0, 0, ""},
		{"allowed/1", 0, 1, 0, ""},
	} {
		origin := bus.Origin{Adapter: bus.FromMQTT, Conn: "self"}
		got, err := r.bus.Publish(bus.Message{Topic: c.topic, QoS: c.qos, Origin: origin, Principal: access.System()})
		if err != nil {
			t.Fatal(err)
		}
		if got.Heard != c.heard || got.Waiting != c.waiting || got.WaitsFor != c.waitsFor {
			t.Errorf("%s with QoS %d: %d heard, %d wait (%q); want %+v", c.topic, c.qos, got.Heard, got.Waiting, got.WaitsFor, c)
		}
	}
	on.nc.Close()
	r.awaitEnd("on")
	if got, _ := r.bus.Publish(bus.Message{Topic: "on/1", QoS: 1, Principal: access.System()}); got.Heard != 0 {
		t.Errorf("%d heard it after the client had left", got.Heard)
	}
}

// awaitEnd waits until the broker knows nothing of a client any more.
func (r *rig) awaitEnd(id string) {
	r.t.Helper()
	eventually(r.t, id+" has left", func() bool { return r.client(id).ID == "" })
}
