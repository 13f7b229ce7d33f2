package broker

import (
	"strings"
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"

	"gateway/internal/access"
	"gateway/internal/bus"
)

func asAdmin(pk *packets.Packet) {
	pk.Connect.UsernameFlag, pk.Connect.Username = true, []byte("admin")
}

func TestSubscriptionsAreJudged(t *testing.T) {
	for _, tc := range []struct {
		name, filter string
		as           func(*packets.Packet)
		want         byte
	}{
		{"own", "allowed/x", asReader, 1},
		{"in part", "#", asReader, 1},
		{"nothing of it", "secret/#", asReader, packets.ErrNotAuthorized.Code},
		{"shared nothing of it", "$share/g/secret/#", asReader, packets.ErrNotAuthorized.Code},
		{"status as anybody", "$SYS/#", nil, packets.ErrNotAuthorized.Code},
		{"status as admin", "$SYS/#", asAdmin, 1},
		{"half a wildcard", "a+/b", nil, packets.ErrTopicFilterInvalid.Code},
		{"hash in the middle", "a/#/b", nil, packets.ErrTopicFilterInvalid.Code},
		{"no filter in the share", "$share/g", nil, packets.ErrTopicFilterInvalid.Code},
		{"too deep", strings.Repeat("/", 200), nil, packets.ErrTopicFilterInvalid.Code},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := start(t, nil)
			c, _ := r.connect(5, "c", tc.as)
			if got := c.subscribe(tc.filter, 1, nil); got != tc.want {
				t.Errorf("MQTT 5: SUBACK %#x, want %#x", got, tc.want)
			}
			if tc.want > 2 {
				tc.want = packets.ErrUnspecifiedError.Code
			}
			c, _ = r.connect(4, "old", tc.as)
			if got := c.subscribe(tc.filter, 1, nil); got != tc.want {
				t.Errorf("MQTT 3.1.1: SUBACK %#x, want %#x", got, tc.want)
			}
		})
	}
}

func TestPartlyReadableFilterIsCheckedPerMessage(t *testing.T) {
	r := start(t, nil)
	r.publish("secret/kept", "no", func(m *bus.Message) { m.Retain = true })
	c, _ := r.connect(4, "c", asReader)
	c.subscribe("#", 1, nil)
	r.publish("secret/x", "no", nil)
	r.publish("allowed/x", "yes", nil)
	if got := c.expectMessage("allowed/x"); got != "yes" {
		t.Errorf("got %q", got)
	}
}

func TestStatusTopics(t *testing.T) {
	r := start(t, nil)
	c, _ := r.connect(4, "c", asAdmin)
	c.subscribe("$SYS/broker/version", 0, nil)
	if got := c.expectMessage("$SYS/broker/version"); got != "gateway" {
		t.Errorf("got %q", got)
	}
}

func TestOverlappingFiltersDeliverOnce(t *testing.T) {
	r := start(t, nil)
	c, _ := r.connect(5, "c", nil)
	c.subscribe("a/#", 0, func(s *packets.Subscription) { s.Identifier = 1 })
	c.subscribe("a/+", 1, func(s *packets.Subscription) { s.Identifier = 2 })
	r.publish("a/b", "x", atLeastOnce)
	pk := c.expect(packets.Publish)
	if pk.FixedHeader.Qos != 1 || len(pk.Properties.SubscriptionIdentifier) != 2 {
		t.Errorf("got %+v", pk)
	}
	c.ack(packets.Puback, pk.PacketID)
	r.publish("a/end", "y", nil)
	if got := c.expectMessage("a/end"); got != "y" {
		t.Errorf("got %q", got)
	}
}

func TestNoLocalAndRetainAsPublished(t *testing.T) {
	r := start(t, nil)
	c, _ := r.connect(5, "c", nil)
	c.subscribe("t", 0, func(s *packets.Subscription) { s.NoLocal, s.RetainAsPublished = true, true })
	c.publish("t", "mine", 0, nil)
	r.publish("t", "theirs", func(m *bus.Message) { m.Retain = true })
	pk := c.expect(packets.Publish)
	if string(pk.Payload) != "theirs" || !pk.FixedHeader.Retain {
		t.Errorf("got %+v", pk)
	}
}

func TestUnsubscribe(t *testing.T) {
	r := start(t, nil)
	c, _ := r.connect(4, "c", nil)
	c.subscribe("a", 0, nil)
	c.subscribe("b", 0, nil)
	c.send(packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Unsubscribe, Qos: 1}, PacketID: 9,
		Filters: packets.Subscriptions{{Filter: "a"}},
	})
	c.expect(packets.Unsuback)
	r.publish("a", "no", nil)
	r.publish("b", "yes", nil)
	if got := c.expectMessage("b"); got != "yes" {
		t.Errorf("got %q", got)
	}
	if n := r.Stats().Subscriptions; n != 1 {
		t.Errorf("%d subscriptions", n)
	}
}

func TestSharedSubscriptionsTakeTurns(t *testing.T) {
	const n = 30
	r := start(t, nil)
	counts := map[string]int{}
	got := make(chan string, n)
	for _, id := range []string{"a", "b", "c"} {
		c, _ := r.connect(5, id, nil)
		if code := c.subscribe("$share/workers/jobs/#", 1, nil); code != 1 {
			t.Fatalf("SUBACK %#x", code)
		}
		go func() {
			for {
				pk, err := c.read()
				if err != nil {
					return
				}
				got <- id + " " + string(pk.Payload)
			}
		}()
	}
	for i := range n {
		r.publish("jobs/x", itoa(i), atLeastOnce)
	}
	seen := map[string]bool{}
	for range n {
		id, job, _ := strings.Cut(<-got, " ")
		if seen[job] {
			t.Errorf("job %s came twice", job)
		}
		seen[job] = true
		counts[id]++
	}
	for id, k := range counts {
		if k != n/3 {
			t.Errorf("%s got %d of %d", id, k, n)
		}
	}
}

func TestRevokedPrincipalIsDisconnected(t *testing.T) {
	r := start(t, nil)
	reader, _ := r.connect(4, "reader", asReader)
	other, _ := r.connect(4, "other", nil)
	if n := r.Disconnect(func(p *access.Principal) bool { return p.ID == "reader" }); n != 1 {
		t.Errorf("%d disconnected", n)
	}
	reader.expectEnd()
	other.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Pingreq}})
	other.expect(packets.Pingresp)
}
