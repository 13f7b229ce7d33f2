package link

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"

	"gateway/internal/bus"
)

// fake is a broker that does exactly what a test says.
type fake struct {
	t  *testing.T
	ln net.Listener
}

func newFake(t *testing.T) *fake {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	return &fake{t, ln}
}

func (f *fake) url() string { return "mqtt://" + f.ln.Addr().String() }

// accept takes the next connection through CONNECT and, if there is one, SUBSCRIBE.
func (f *fake) accept(subscribes bool) *peer {
	f.t.Helper()
	nc, err := f.ln.Accept()
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { nc.Close() })
	p := &peer{f.t, nc}
	expect[*packets.ConnectPacket](p)
	p.send(packets.NewControlPacket(packets.Connack))
	if subscribes {
		s := expect[*packets.SubscribePacket](p)
		ack := packets.NewControlPacket(packets.Suback).(*packets.SubackPacket)
		ack.MessageID, ack.ReturnCodes = s.MessageID, s.Qoss
		p.send(ack)
	}
	return p
}

type peer struct {
	t  *testing.T
	nc net.Conn
}

func (p *peer) send(cp packets.ControlPacket) {
	p.t.Helper()
	if err := cp.Write(p.nc); err != nil {
		p.t.Fatal(err)
	}
}

func (p *peer) publish(id uint16, topic, payload string) {
	p.t.Helper()
	pk := packets.NewControlPacket(packets.Publish).(*packets.PublishPacket)
	pk.Qos, pk.MessageID, pk.TopicName, pk.Payload = 1, id, topic, []byte(payload)
	p.send(pk)
}

// expect returns the next packet, which must be a T.
func expect[T packets.ControlPacket](p *peer) T {
	p.t.Helper()
	_ = p.nc.SetReadDeadline(time.Now().Add(patience))
	cp, err := packets.ReadPacket(p.nc)
	if err != nil {
		p.t.Fatal(err)
	}
	pk, ok := cp.(T)
	if !ok {
		p.t.Fatalf("got %s", cp)
	}
	return pk
}

func TestWhatTheBrokerDidNotAcknowledgeIsSentAgain(t *testing.T) {
	f := newFake(t)
	s := newSide(t, Config{URL: f.url(), Topics: topics(Topic{Filter: "out/#", Direction: DirectionOut})})
	first := f.accept(false)
	for _, payload := range []string{"a", "b", "c"} {
		s.publish("out/x", payload, false)
	}
	ack := packets.NewControlPacket(packets.Puback).(*packets.PubackPacket)
	for _, want := range []string{"a", "b", "c"} {
		pk := expect[*packets.PublishPacket](first)
		if string(pk.Payload) != want {
			t.Fatalf("got %q, want %q", pk.Payload, want)
		}
		if want == "a" {
			ack.MessageID = pk.MessageID
			first.send(ack)
			eventually(t, "the first is done", func() bool { return s.link.Stats().Out == 1 })
		}
	}
	first.nc.Close()
	second := f.accept(false)
	for _, want := range []string{"b", "c"} {
		pk := expect[*packets.PublishPacket](second)
		if string(pk.Payload) != want {
			t.Fatalf("got %q, want %q again", pk.Payload, want)
		}
		ack.MessageID = pk.MessageID
		second.send(ack)
	}
	eventually(t, "all are done", func() bool { st := s.link.Stats(); return st.Out == 3 && st.Queued == 0 && st.Reconnects == 1 })
}

func TestArrivalsAreAcknowledgedOnlyOnceKept(t *testing.T) {
	f := newFake(t)
	s := newSide(t, Config{URL: f.url(), Topics: topics(Topic{Filter: "in/#", Direction: DirectionIn})})
	s.Attach("disk", func(d *bus.Delivery) {
		full := string(d.Message.Payload) == "no room"
		d.Durable(func(context.Context) error {
			if full {
				return errors.New("disk full")
			}
			return nil
		})
	})
	p := f.accept(true)
	p.publish(8, "in/x", "kept")
	if ack := expect[*packets.PubackPacket](p); ack.MessageID != 8 {
		t.Errorf("PUBACK for %d", ack.MessageID)
	}
	p.publish(7, "in/x", "no room")
	if cp, err := packets.ReadPacket(p.nc); err == nil {
		if _, ok := cp.(*packets.DisconnectPacket); !ok {
			t.Errorf("got %s", cp)
		}
	}
	again := f.accept(true)                                // the broker is to send it again
	again.publish(9, "in/$bad+topic", "never publishable") // acknowledged all the same, or it would come for ever
	if ack := expect[*packets.PubackPacket](again); ack.MessageID != 9 {
		t.Errorf("PUBACK for %d", ack.MessageID)
	}
	if st := s.link.Stats(); st.In != 2 || st.Dropped != 1 {
		t.Errorf("%+v", st)
	}
}

func TestRefusedSubscriptionShowsInTheState(t *testing.T) {
	f := newFake(t)
	s := newSide(t, Config{URL: f.url(), Topics: []Topic{{Filter: "in/#", Direction: DirectionIn, QoS: 1}}})
	go func() {
		nc, err := f.ln.Accept()
		if err != nil {
			return
		}
		p := &peer{t, nc}
		if _, err := packets.ReadPacket(nc); err != nil {
			return
		}
		p.send(packets.NewControlPacket(packets.Connack))
		cp, err := packets.ReadPacket(nc)
		if err != nil {
			return
		}
		ack := packets.NewControlPacket(packets.Suback).(*packets.SubackPacket)
		ack.MessageID, ack.ReturnCodes = cp.Details().MessageID, []byte{0x80}
		p.send(ack)
	}()
	s.await(Failed)
	if got := s.link.Stats().LastError; got != `the broker refuses a subscription to "in/#"` {
		t.Errorf("last error %q", got)
	}
}

// next returns the next packet.
func next(p *peer) packets.ControlPacket {
	p.t.Helper()
	_ = p.nc.SetReadDeadline(time.Now().Add(patience))
	cp, err := packets.ReadPacket(p.nc)
	if err != nil {
		p.t.Fatal(err)
	}
	return cp
}
