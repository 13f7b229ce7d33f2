package link

import (
	"context"
	"testing"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"

	"gateway/internal/bus"
)

// namedSide is a bus with an instance, and a link.
func namedSide(t *testing.T, c Config) *side {
	t.Helper()
	s := &side{t: t, seen: make(chan *bus.Message, 100)}
	s.Bus = bus.New(bus.Options{Values: &values{m: map[string]bus.Message{}}, Instance: "here"})
	s.Attach("test", func(d *bus.Delivery) { s.seen <- d.Message })
	c.Name = "house"
	var err error
	if s.link, err = New(c, s.Bus, Options{}); err != nil {
		t.Fatal(err)
	}
	s.link.client.timing.firstRetry = 20 * time.Millisecond
	done := make(chan struct{})
	ctx, stop := context.WithCancel(context.Background())
	go func() {
		defer close(done)
		_ = s.link.Run(ctx)
	}()
	t.Cleanup(func() { stop(); <-done })
	return s
}

// subscribed answers a SUBSCRIBE with code, and wants it to be to filter.
func (p *peer) subscribed(filter string, code byte) {
	p.t.Helper()
	p.grant(expect[*packets.SubscribePacket](p), filter, code)
}

// grant answers a SUBSCRIBE, which has to be to filter alone.
func (p *peer) grant(s *packets.SubscribePacket, filter string, code byte) {
	p.t.Helper()
	if len(s.Topics) != 1 || s.Topics[0] != filter {
		p.t.Fatalf("SUBSCRIBE to %v, want %s", s.Topics, filter)
	}
	ack := packets.NewControlPacket(packets.Suback).(*packets.SubackPacket)
	ack.MessageID, ack.ReturnCodes = s.MessageID, []byte{code}
	p.send(ack)
}

func both(f *fake) Config {
	return Config{URL: f.url(), Topics: topics(Topic{Filter: "x/#", Direction: DirectionBoth})}
}

func TestABrokerThatClosesAtTheGreetingIsNotGreetedAgain(t *testing.T) {
	f := newFake(t)
	s := namedSide(t, both(f))
	first := f.accept(false)
	expect[*packets.SubscribePacket](first)
	first.nc.Close()
	second := f.accept(false)
	second.subscribed("x/#", 1)
	s.await(Connected)
	s.publish("x/1", "plain", false)
	if pk := expect[*packets.PublishPacket](second); pk.TopicName != "x/1" {
		t.Errorf("PUBLISH to %q", pk.TopicName)
	}
}

func TestABrokerThatRefusesTheGreetingIsNoGateway(t *testing.T) {
	f := newFake(t)
	s := namedSide(t, both(f))
	p := f.accept(false)
	p.subscribed(bus.LinkTopic, 0x80)
	p.subscribed("x/#", 1)
	s.await(Connected)
	s.publish("x/1", "plain", false)
	if pk := expect[*packets.PublishPacket](p); pk.TopicName != "x/1" {
		t.Errorf("PUBLISH to %q", pk.TopicName)
	}
}

func TestAnotherGatewayGetsAndGivesTrails(t *testing.T) {
	f := newFake(t)
	s := namedSide(t, both(f))
	p := f.accept(false)
	p.subscribed(bus.LinkTopic, 0)
	p.publish(1, bus.LinkTopic, "there")
	for range 2 { // in either order
		switch pk := next(p).(type) {
		case *packets.PubackPacket:
			if pk.MessageID != 1 {
				t.Errorf("PUBACK for %d", pk.MessageID)
			}
		case *packets.SubscribePacket:
			p.grant(pk, "x/#", 1)
		default:
			t.Fatalf("got %s", pk)
		}
	}
	s.await(Connected)
	s.publish("x/1", "ours", false)
	<-s.seen
	pk := expect[*packets.PublishPacket](p)
	trail, hops, topic, ok := bus.Unfold(pk.TopicName)
	if !ok || topic != "x/1" || hops != 1 || trail.Ring() != "here" || trail.Seq != s.Seq() {
		t.Errorf("PUBLISH to %q", pk.TopicName)
	}
	for i, topic := range []string{"$gateway/7.2.far.there/x/2", "$gateway/7.2.far.there/x/2", "$gateway/8.2.here.there/x/2", "$gateway/9.2.there/x/2"} {
		p.publish(uint16(10+i), topic, topic)
	}
	for acks := 0; acks < 4; { // the PUBACK of our own message is not sent: it may come again
		if _, ok := next(p).(*packets.PubackPacket); ok {
			acks++
		}
	}
	for _, want := range []string{"x/2 $gateway/7.2.far.there/x/2", "x/2 $gateway/9.2.there/x/2"} {
		if got := s.message(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if len(s.seen) > 0 {
		t.Errorf("and then %q", s.message())
	}
	if st := s.link.Stats(); st.In != 2 {
		t.Errorf("%d came in", st.In)
	}
}
