package broker

import (
	"bytes"
	"context"
	"io"
	"net"
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"

	"gateway/internal/access"
	"gateway/internal/bus"
)

// BenchmarkIngress is one client that publishes 100 bytes at QoS 0 as fast as the broker takes them.
func BenchmarkIngress(b *testing.B) {
	r, addr := benchBroker(b)
	arrived := make(chan struct{}, 1)
	n := 0
	r.bus.Attach("count", func(*bus.Delivery) {
		if n++; n == b.N {
			arrived <- struct{}{}
		}
	})
	nc := benchClient(b, addr, "pub", "")
	var one bytes.Buffer
	pk := packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Publish}, ProtocolVersion: 4, TopicName: "home/kitchen/temp", Payload: make([]byte, 100)}
	if err := pk.PublishEncode(&one); err != nil {
		b.Fatal(err)
	}
	batch := bytes.Repeat(one.Bytes(), 100)
	b.ReportAllocs()
	b.ResetTimer()
	for sent := 0; sent < b.N; sent += 100 {
		if _, err := nc.Write(batch[:min(100, b.N-sent)*one.Len()]); err != nil {
			b.Fatal(err)
		}
	}
	<-arrived
}

// BenchmarkFanOut is a message from the bus to 100 subscribers.
func BenchmarkFanOut(b *testing.B) {
	r, addr := benchBroker(b)
	for i := range 100 {
		nc := benchClient(b, addr, itoa(i), "home/#")
		go func() { _, _ = io.Copy(io.Discard, nc) }()
	}
	m := bus.Message{Topic: "home/kitchen/temp", Payload: make([]byte, 100), Principal: access.System(), Origin: bus.Origin{Adapter: bus.FromHTTP}}
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		if _, err := r.bus.Publish(m); err != nil {
			b.Fatal(err)
		}
	}
}

func benchBroker(b *testing.B) (*Broker, string) {
	b.Helper()
	r, err := New(Options{Listen: "127.0.0.1:0", Authenticate: authenticate}, bus.New(bus.Options{}))
	if err != nil {
		b.Fatal(err)
	}
	if err := r.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = r.Close(context.Background()) })
	return r, r.Addrs()[ListenerTCP]
}

func benchClient(b *testing.B, addr, id, filter string) net.Conn {
	b.Helper()
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { nc.Close() })
	said := "\x10" + string(rune(12+len(id))) + "\x00\x04MQTT\x04\x02\x00\x00\x00" + string(rune(len(id))) + id
	answer := 4
	if filter != "" {
		said += "\x82" + string(rune(5+len(filter))) + "\x00\x01\x00" + string(rune(len(filter))) + filter + "\x00"
		answer += 5
	}
	if _, err := io.WriteString(nc, said); err != nil {
		b.Fatal(err)
	}
	if _, err := io.ReadFull(nc, make([]byte, answer)); err != nil {
		b.Fatal(err)
	}
	return nc
}
