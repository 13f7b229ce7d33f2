package broker

import (
	"strings"
	"syscall"
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"

	"gateway/internal/bus"
)

// linked connects as the link of another gateway does.
func (r *rig) linked(id string) *client {
	r.t.Helper()
	c, _ := r.connect(4, id, nil)
	if code := c.subscribe(bus.LinkTopic, 0, nil); code != 0 {
		r.t.Fatalf("SUBACK %#x for a link's greeting", code)
	}
	if got := c.expectMessage(bus.LinkTopic); got != "here" {
		r.t.Fatalf("greeted with %q", got)
	}
	return c
}

// enveloped reads the next message, which has to come in an envelope.
func (c *client) enveloped() (trail bus.Trail, hops int, topic, payload string) {
	c.t.Helper()
	pk := c.expect(packets.Publish)
	if pk.FixedHeader.Qos == 1 {
		c.ack(packets.Puback, pk.PacketID)
	}
	trail, hops, topic, ok := bus.Unfold(pk.TopicName)
	if !ok {
		c.t.Fatalf("%q is not in an envelope", pk.TopicName)
	}
	return trail, hops, topic, string(pk.Payload)
}

func TestALinkGetsTrails(t *testing.T) {
	r := start(t, nil)
	watcher, _ := r.connect(4, "watcher", nil)
	watcher.subscribe("home/#", 1, nil)
	link := r.linked("other")
	link.subscribe("home/#", 1, nil)

	r.publish("home/x", "ours", func(m *bus.Message) { m.QoS = 1 })
	trail, hops, topic, payload := link.enveloped()
	if topic != "home/x" || payload != "ours" || hops != 1 || trail.Ring() != "here" || trail.Seq != r.bus.Seq() {
		t.Errorf("%s %q by %+v, %d hops", topic, payload, trail, hops)
	}
	r.publish("home/x", "theirs", func(m *bus.Message) { m.Trail = bus.Trail{Seq: 7, Gateways: []string{"far"}}; m.Hops = 1 })
	if trail, hops, _, _ := link.enveloped(); trail.Seq != 7 || hops != 2 || strings.Join(trail.Gateways, " ") != "far here" {
		t.Errorf("handed on by %+v, %d hops", trail, hops)
	}
	for _, want := range []string{"ours", "theirs"} { // nobody else sees an envelope
		if got := watcher.expectMessage("home/x"); got != want {
			t.Errorf("the watcher got %q, want %q", got, want)
		}
	}
}

func TestWhatALinkBringsIsPublishedOnceAndNotSentBack(t *testing.T) {
	r := start(t, nil)
	watcher, _ := r.connect(4, "watcher", nil)
	watcher.subscribe("home/#", 1, nil)
	link := r.linked("other")
	link.subscribe("home/#", 1, nil)
	for _, trail := range []string{"1.1.far.other", "1.1.far.other", "2.1.far.other", "3.1.here.other", "4.1.far"} {
		if code := link.publish("$gateway/"+trail+"/home/x", trail, 1, nil); code != 0 {
			t.Errorf("%s: PUBACK %#x", trail, code)
		}
	}
	for _, want := range []string{"1.1.far.other", "2.1.far.other", "4.1.far"} {
		if got := watcher.expectMessage("home/x"); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if rest := append(watcher.settle(), link.settle()...); len(rest) > 0 {
		t.Errorf("and then %+v", rest)
	}
}

// A stranger may neither write into envelopes nor read them.
func TestEnvelopesAreForLinks(t *testing.T) {
	r := start(t, nil)
	c, _ := r.connect(5, "stranger", nil)
	if code := c.publish("$gateway/1.1.far/home/x", "x", 1, nil); code != packets.ErrNotAuthorized.Code {
		t.Errorf("PUBACK %#x", code)
	}
	if code := c.subscribe("$gateway/#", 0, nil); code != packets.ErrNotAuthorized.Code {
		t.Errorf("SUBACK %#x", code)
	}
	reader, _ := r.connect(4, "reader", func(pk *packets.Packet) {
		pk.Connect.UsernameFlag, pk.Connect.Username = true, []byte("reader")
	})
	reader.subscribe(bus.LinkTopic, 0, nil)
	reader.expectMessage(bus.LinkTopic)
	before := r.dropCount("denied")
	reader.publish("$gateway/1.1.far/home/x", "x", 1, nil)
	if r.dropCount("denied") != before+1 {
		t.Error("an envelope gets past the rights of its sender")
	}
}

// What waits for a link on disk, or is retained, is in an envelope too, over a restart.
func TestTrailsWaitOnDisk(t *testing.T) {
	p := startProcess(t)
	link, _ := p.connect(4, "other")
	if code := link.subscribe(bus.LinkTopic, 0, nil); code != 0 {
		t.Fatalf("SUBACK %#x", code)
	}
	link.expectMessage(bus.LinkTopic)
	link.subscribe("home/#", 1, nil)
	link.leave()
	other, _ := p.connect(4, "publisher")
	other.publish("home/x", "waits", 1, nil)
	p.restart(syscall.SIGKILL)
	other, _ = p.connect(4, "publisher")
	other.publish("home/x", "waits too", 1, nil) // the restored session is known as a link's
	link, _ = p.connect(4, "other")
	for _, want := range []string{"waits", "waits too"} {
		if trail, _, topic, payload := link.enveloped(); payload != want || topic != "home/x" || !trail.Foreign() {
			t.Errorf("got %q on %q by %+v", payload, topic, trail)
		}
	}
}
