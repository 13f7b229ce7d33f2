package broker

import (
	"context"
	"net"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"
)

func disconnect() packets.Packet {
	return packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Disconnect}}
}

// ways are how a broker ends.
func ways() map[string]syscall.Signal {
	return map[string]syscall.Signal{"killed": syscall.SIGKILL, "stopped": syscall.SIGTERM}
}

func TestQueuedMessagesSurviveInOrder(t *testing.T) {
	const n = 1000
	for name, how := range ways() {
		for _, qos := range []byte{1, 2} {
			t.Run(name+" qos "+itoa(int(qos)), func(t *testing.T) {
				p := startProcess(t)
				c, _ := p.connect(4, "keeper")
				c.subscribe("q/#", qos, nil)
				c.leave()
				pub, _ := p.connect(4, "pub")
				pub.publishMany("q/x", qos, 1, n)
				p.restart(how)
				c, present := p.connect(4, "keeper")
				if !present {
					t.Fatal("no session")
				}
				for i := 1; i <= n; i++ {
					if got := c.receive("q/x"); got != itoa(i) {
						t.Fatalf("message %d was %s", i, got)
					}
				}
				if more := messages(c.settle()); len(more) > 0 {
					t.Errorf("then came %q", more)
				}
			})
		}
	}
}

// publishMany publishes the numbers from..to without waiting between them, and returns once all are acknowledged, in order.
func (c *client) publishMany(topic string, qos byte, from, to int) {
	c.t.Helper()
	go func() {
		for i := from; i <= to; i++ {
			pk := packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Publish, Qos: qos}, TopicName: topic, Payload: []byte(itoa(i))}
			pk.PacketID = uint16(i)
			c.send(pk)
		}
	}()
	kind := map[byte]byte{1: packets.Puback, 2: packets.Pubrec}[qos]
	for i := from; i <= to; i++ {
		if got := c.expect(kind); got.PacketID != uint16(i) {
			c.t.Fatalf("acknowledgement of %d, want %d", got.PacketID, i)
		}
	}
	for i := from; i <= to && qos == 2; i++ {
		c.ack(packets.Pubrel, uint16(i))
	}
	for i := from; i <= to && qos == 2; i++ {
		if got := c.expect(packets.Pubcomp); got.PacketID != uint16(i) {
			c.t.Fatalf("PUBCOMP of %d, want %d", got.PacketID, i)
		}
	}
}

// receive returns the payload of the next message after its whole exchange.
func (c *client) receive(topic string) string {
	c.t.Helper()
	for {
		pk, err := c.read()
		if err != nil {
			c.t.Fatal(err)
		}
		switch pk.FixedHeader.Type {
		case packets.Pubrel:
			c.ack(packets.Pubcomp, pk.PacketID)
			continue
		case packets.Publish:
		default:
			c.t.Fatalf("got %+v", pk)
		}
		if pk.TopicName != topic {
			c.t.Fatalf("got a message on %q, want %q", pk.TopicName, topic)
		}
		if pk.FixedHeader.Qos == 2 {
			c.ack(packets.Pubrec, pk.PacketID)
		} else {
			c.ack(packets.Puback, pk.PacketID)
		}
		return string(pk.Payload)
	}
}

// messages returns the payloads of the PUBLISH packets.
func messages(pks []packets.Packet) (payloads []string) {
	for _, pk := range pks {
		if pk.FixedHeader.Type == packets.Publish {
			payloads = append(payloads, string(pk.Payload))
		}
	}
	return payloads
}

func TestExactlyOncePublishedAcrossAKill(t *testing.T) {
	message := packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Publish, Qos: 2}, TopicName: "t", Payload: []byte("once"), PacketID: 7,
	}
	for _, tc := range []struct {
		name    string
		publish bool // again, because PUBREC was lost
	}{{"after PUBREC", false}, {"before PUBREC arrived", true}} {
		t.Run(tc.name, func(t *testing.T) {
			p := startProcess(t)
			sub, _ := p.connect(5, "sub")
			sub.subscribe("t", 2, nil)
			sub.leave()
			pub, _ := p.connect(5, "pub")
			pub.send(message)
			pub.expect(packets.Pubrec)
			p.restart(syscall.SIGKILL)
			pub, present := p.connect(5, "pub")
			if !present {
				t.Fatal("the publisher's session is gone")
			}
			if tc.publish {
				again := message
				again.FixedHeader.Dup = true
				pub.send(again)
				pub.expect(packets.Pubrec)
			}
			pub.ack(packets.Pubrel, 7)
			if comp := pub.expect(packets.Pubcomp); comp.ReasonCode != 0 {
				t.Errorf("PUBCOMP %#x", comp.ReasonCode)
			}
			p.restart(syscall.SIGKILL)
			pub, _ = p.connect(5, "pub")
			next := message // the identifier is free again
			next.Payload = []byte("next")
			pub.send(next)
			pub.expect(packets.Pubrec)
			sub, _ = p.connect(5, "sub")
			if one, two := sub.receive("t"), sub.receive("t"); one != "once" || two != "next" {
				t.Errorf("got %s and %s", one, two)
			}
			if more := messages(sub.settle()); len(more) > 0 {
				t.Errorf("then came %q", more)
			}
		})
	}
}

func TestExactlyOnceReceivedAcrossAKill(t *testing.T) {
	prepare := func(t *testing.T) (*process, *client, packets.Packet) {
		p := startProcess(t)
		sub, _ := p.connect(5, "sub")
		sub.subscribe("t", 2, nil)
		pub, _ := p.connect(5, "pub")
		pub.publishMany("t", 2, 1, 1)
		return p, sub, sub.expect(packets.Publish)
	}
	t.Run("before PUBREC", func(t *testing.T) {
		p, _, first := prepare(t)
		p.restart(syscall.SIGKILL)
		sub, _ := p.connect(5, "sub")
		again := sub.expect(packets.Publish)
		if again.PacketID != first.PacketID || !again.FixedHeader.Dup || string(again.Payload) != "1" {
			t.Errorf("first %+v, then %+v", first, again)
		}
	})
	t.Run("after PUBREL", func(t *testing.T) {
		p, sub, first := prepare(t)
		sub.ack(packets.Pubrec, first.PacketID)
		sub.expect(packets.Pubrel)
		p.restart(syscall.SIGKILL)
		sub, _ = p.connect(5, "sub")
		if rel := sub.expect(packets.Pubrel); rel.PacketID != first.PacketID {
			t.Errorf("PUBREL of %d, want %d", rel.PacketID, first.PacketID)
		}
		sub.ack(packets.Pubcomp, first.PacketID)
		if more := sub.settle(); len(more) > 0 {
			t.Errorf("then came %+v", more[0])
		}
		sub.leave()
		p.restart(syscall.SIGTERM)
		sub, _ = p.connect(5, "sub")
		if more := sub.settle(); len(more) > 0 {
			t.Errorf("after PUBCOMP and a restart came %+v", more[0])
		}
	})
}

func TestAcknowledgedMessagesDoNotComeAgain(t *testing.T) {
	p := startProcess(t)
	sub, _ := p.connect(4, "sub")
	sub.subscribe("t", 1, nil)
	pub, _ := p.connect(4, "pub")
	pub.publishMany("t", 1, 1, 10)
	for range 10 {
		sub.receive("t")
	}
	sub.leave()
	p.restart(syscall.SIGTERM)
	sub, _ = p.connect(4, "sub")
	if more := sub.settle(); len(more) > 0 {
		t.Errorf("got %+v", more[0])
	}
}

func TestSubscriptionsSurvive(t *testing.T) {
	p := startProcess(t)
	c, _ := p.connect(5, "c")
	long := "long/" + strings.Repeat("0123456789", 200)
	c.subscribe("kept/+", 1, func(s *packets.Subscription) { s.Identifier = 9 })
	c.subscribe(long, 1, nil)
	c.subscribe("dropped", 1, nil)
	pk := packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Unsubscribe, Qos: 1}, PacketID: 77}
	pk.Filters = packets.Subscriptions{{Filter: "dropped"}}
	c.send(pk)
	c.expect(packets.Unsuback)
	p.restart(syscall.SIGKILL)
	pub, _ := p.connect(5, "pub")
	for _, topic := range []string{"dropped", "kept/x", long} {
		pub.publish(topic, "x", 1, nil)
	}
	c, present := p.connect(5, "c")
	if !present {
		t.Fatal("no session")
	}
	first, second := c.expect(packets.Publish), c.expect(packets.Publish)
	if first.TopicName != "kept/x" || len(first.Properties.SubscriptionIdentifier) != 1 || first.Properties.SubscriptionIdentifier[0] != 9 {
		t.Errorf("got %+v", first)
	}
	if second.TopicName != long {
		t.Errorf("got %+v", second)
	}
	pk.Filters[0].Filter = "kept/+"
	c.send(pk)
	if ack := c.expect(packets.Unsuback); ack.ReasonCodes[0] != 0 {
		t.Errorf("UNSUBACK %#x for a subscription of the last run", ack.ReasonCodes[0])
	}
}

func TestSharedSubscriptionOfPersistentMembersSurvives(t *testing.T) {
	const n = 100
	p := startProcess(t)
	for _, id := range []string{"one", "two"} {
		c, _ := p.connect(5, id)
		c.subscribe("$share/group/t", 1, nil)
		c.leave()
	}
	pub, _ := p.connect(4, "pub")
	pub.publishMany("t", 1, 1, n/2)
	p.restart(syscall.SIGKILL)
	pub, _ = p.connect(4, "pub")
	pub.publishMany("t", 1, n/2+1, n)
	seen := map[string]bool{}
	for _, id := range []string{"one", "two"} {
		c, _ := p.connect(5, id)
		share := c.settle()
		if len(share) < n/4 {
			t.Errorf("%s got %d of %d", id, len(share), n)
		}
		for _, pk := range share {
			seen[string(pk.Payload)] = true
		}
	}
	if len(seen) != n {
		t.Errorf("%d of %d messages arrived", len(seen), n)
	}
}

func TestCleanStartEndsAStoredSession(t *testing.T) {
	p := startProcess(t)
	c, _ := p.connect(5, "c")
	c.subscribe("t", 1, nil)
	c.leave()
	pub, _ := p.connect(4, "pub")
	pub.publishMany("t", 1, 1, 3)
	connectOver(t, dial(t, p.addr), 5, "c", nil) // clean
	p.restart(syscall.SIGKILL)
	c, present := p.connect(5, "c")
	if present {
		t.Error("the old session is back")
	}
	if got := c.settle(); len(got) > 0 {
		t.Errorf("got %+v", got[0])
	}
}

func TestWillOfACutConnectionComesAfterAKill(t *testing.T) {
	p := startProcess(t)
	watch, _ := p.connect(5, "watch")
	watch.subscribe("will/#", 1, nil)
	for _, id := range []string{"gone", "back"} {
		c, _ := connectOver(t, dial(t, p.addr), 5, id, withWill("will/"+id, id, persistent))
		c.subscribe("nothing", 1, nil) // after SUBACK the session is on disk
	}
	p.restart(syscall.SIGKILL)
	p.connect(5, "back")
	watch, _ = p.connect(5, "watch")
	if got := watch.receive("will/gone"); got != "gone" {
		t.Errorf("got %q", got)
	}
	if more := messages(watch.settle()); len(more) > 0 {
		t.Errorf("then came %q", more)
	}
}

// stock runs one of Debian's clients against the broker.
func (p *process) stock(tool, input string, args ...string) string {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), patience)
	defer cancel()
	host, port, _ := net.SplitHostPort(p.addr)
	cmd := exec.CommandContext(ctx, tool, append([]string{"-h", host, "-p", port}, args...)...)
	cmd.Stdin = strings.NewReader(input)
	out, err := cmd.CombinedOutput()
	if err != nil {
		p.t.Fatalf("%s %s: %v\n%s", tool, strings.Join(args, " "), err, out)
	}
	return string(out)
}

func TestStockClientsFindTheirQueue(t *testing.T) {
	var want strings.Builder
	for i := range 300 {
		want.WriteString(itoa(i) + "\n")
	}
	for name, how := range ways() {
		for _, version := range []string{"mqttv311", "mqttv5"} {
			for _, qos := range []string{"1", "2"} {
				t.Run(name+" "+version+" qos "+qos, func(t *testing.T) {
					p := startProcess(t)
					sub := []string{"-V", version, "-i", "keeper", "-c", "-q", qos, "-t", "q/#"}
					if version == "mqttv5" {
						sub = append(sub, "-x", "3600")
					}
					p.stock("mosquitto_sub", "", append(sub, "-E")...)
					p.stock("mosquitto_pub", want.String(), "-V", version, "-q", qos, "-t", "q/x", "-l")
					p.restart(how)
					if got := p.stock("mosquitto_sub", "", append(sub, "-C", "300")...); got != want.String() {
						t.Errorf("got %d lines: %.100s…", strings.Count(got, "\n"), got)
					}
				})
			}
		}
	}
}
