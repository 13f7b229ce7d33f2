package broker

import (
	"fmt"
	"net"
	"os"
	"strings"
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"
	"go.uber.org/goleak"

	"gateway/internal/bus"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		if err := serveChild(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

func TestStockClientsTalkThroughTheBus(t *testing.T) {
	for _, version := range []string{"mqttv311", "mqttv5"} {
		for _, qos := range []string{"0", "1", "2"} {
			t.Run(version+" qos "+qos, func(t *testing.T) {
				r := start(t, nil)
				seen := make(chan *bus.Message, 10)
				r.bus.Attach("test", func(d *bus.Delivery) { seen <- d.Message })
				r.mosquitto("mosquitto_pub", "-V", version, "-i", "pub", "-t", "house/lamp", "-m", "on", "-q", qos, "-r")
				m := <-seen
				if m.Topic != "house/lamp" || string(m.Payload) != "on" || !m.Retain || m.Origin != (bus.Origin{Adapter: bus.FromMQTT, Conn: "pub"}) {
					t.Errorf("the bus got %+v", m)
				}
				got := r.mosquitto("mosquitto_sub", "-V", version, "-t", "house/#", "-q", qos, "-C", "1", "-v", "-F", "%t %p %q %r")
				if want := "house/lamp on " + qos + " 1\n"; got != want {
					t.Errorf("mosquitto_sub got %q, want %q", got, want)
				}
			})
		}
	}
}

func TestBusMessagesReachSubscribers(t *testing.T) {
	for _, version := range []byte{4, 5} {
		r := start(t, nil)
		c, _ := r.connect(version, "sub", nil)
		if code := c.subscribe("a/+", 2, nil); code != 2 {
			t.Fatalf("SUBACK %#x", code)
		}
		r.publish("a/b", "live", func(m *bus.Message) { m.QoS, m.Retain = 1, true })
		pk := c.expect(packets.Publish)
		if string(pk.Payload) != "live" || pk.FixedHeader.Qos != 1 || pk.FixedHeader.Retain {
			t.Errorf("version %d got %+v", version, pk)
		}
	}
}

func TestEachPublisherKeepsItsOrder(t *testing.T) {
	const n = 10_000
	r := start(t, nil)
	sub, _ := r.connect(4, "sub", nil)
	sub.subscribe("count", 1, nil)
	pub, _ := r.connect(4, "pub", nil)
	done := make(chan bool)
	go func() {
		defer close(done)
		for i := range n {
			pk := packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Publish, Qos: 1}, TopicName: "count", Payload: []byte(itoa(i))}
			pk.PacketID = uint16(i%65535) + 1
			pub.send(pk)
		}
		for range n {
			pub.expect(packets.Puback)
		}
	}()
	for i := range n {
		if got := sub.expectMessage("count"); got != itoa(i) {
			t.Fatalf("message %d was %s", i, got)
		}
	}
	<-done
}

func TestRetainedAndLiveDoNotDisagree(t *testing.T) {
	r := start(t, nil)
	done := make(chan bool)
	for range 4 {
		go func() {
			for i := range 500 {
				r.publish("t", itoa(i), func(m *bus.Message) { m.Retain = true })
			}
			done <- true
		}()
	}
	last := make(chan string, 1)
	r.bus.Attach("last", func(d *bus.Delivery) {
		select {
		case <-last:
		default:
		}
		last <- string(d.Message.Payload)
	})
	for range 4 {
		<-done
	}
	r.publish("t", "end", func(m *bus.Message) { m.Retain = true })
	c, _ := r.connect(4, "c", nil)
	c.subscribe("t", 0, nil)
	if got, want := c.expectMessage("t"), <-last; got != want {
		t.Errorf("retained %q, the bus's last %q", got, want)
	}
}

func TestPanicCostsOneConnection(t *testing.T) {
	r := start(t, nil)
	other, _ := r.connect(5, "other", nil)
	other.subscribe("wills/#", 0, nil)
	c, _ := r.connect(5, "broken", func(pk *packets.Packet) {
		pk.Connect.WillFlag, pk.Connect.WillTopic, pk.Connect.WillPayload = true, "wills/broken", []byte("gone")
	})
	if _, err := c.nc.Write([]byte{0x82, 6, 0, 1, 0, 0, 1, 'a'}); err != nil {
		t.Fatal(err)
	}
	c.expectEnd()
	if got := other.expectMessage("wills/broken"); got != "gone" {
		t.Errorf("will %q", got)
	}
	eventually(t, "the broken client is forgotten", func() bool { return len(r.Clients()) == 1 })
	if r.dropCount("panic") != 1 {
		t.Error("the panic was not counted")
	}
	if s := r.Stats(); s.Connections != 1 {
		t.Errorf("%d connections", s.Connections)
	}
}

func TestPortInUseIsOneSentence(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	_, port, _ := net.SplitHostPort(ln.Addr().String())
	_, err = New(Options{Listen: "127.0.0.1:0", TLSListen: "", WebsocketListen: ln.Addr().String()}, bus.New(bus.Options{}))
	if err == nil || !strings.Contains(err.Error(), port) || !strings.Contains(err.Error(), "mqtt.websocket_listen") {
		t.Errorf("got %v", err)
	}
}
