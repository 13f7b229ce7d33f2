package broker

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"

	"gateway/internal/access"
	"gateway/internal/bus"
	"gateway/pkg/store"
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

// BenchmarkDurable is one client that publishes 100 bytes at QoS 1 for a persistent session, on the disk that tests get:
// msgs/commit tells how many share one.
func BenchmarkDurable(b *testing.B) {
	s, err := store.Open(b.TempDir(), store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	r, err := New(Options{Listen: "127.0.0.1:0", Authenticate: authenticate, Sessions: diskStore{s}, MaxQueued: 1 << 30, MaxQueuedBytes: 1 << 30}, bus.New(bus.Options{}))
	if err != nil {
		b.Fatal(err)
	}
	if err := r.Start(); err != nil {
		b.Fatal(err)
	}
	defer r.Close(context.Background())
	sub := dialBench(b, r.Addrs()[ListenerTCP], "sub", 0)
	if _, err := io.WriteString(sub, "\x82\x06\x00\x01\x00\x01t\x01"); err != nil {
		b.Fatal(err)
	}
	if _, err := io.ReadFull(sub, make([]byte, 5)); err != nil {
		b.Fatal(err)
	}
	sub.Close()
	pub := dialBench(b, r.Addrs()[ListenerTCP], "pub", 2)
	pk := packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Publish, Qos: 1}, ProtocolVersion: 4, TopicName: "t", Payload: make([]byte, 100), PacketID: 1}
	var one bytes.Buffer
	if err := pk.PublishEncode(&one); err != nil {
		b.Fatal(err)
	}
	window := make(chan struct{}, 100)
	b.ResetTimer()
	go func() {
		for range b.N {
			window <- struct{}{}
			_, _ = pub.Write(one.Bytes())
		}
	}()
	in := bufio.NewReader(pub)
	for range b.N {
		if _, err := io.ReadFull(in, make([]byte, 4)); err != nil {
			b.Fatal(err)
		}
		<-window
	}
	b.ReportMetric(float64(b.N)/float64(max(1, s.Stats().LogSyncs)), "msgs/commit")
	b.ReportMetric(float64(s.Stats().LogBytes)/float64(b.N), "disk-B/msg")
}

func dialBench(b *testing.B, addr, id string, flags byte) net.Conn {
	b.Helper()
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { nc.Close() })
	said := "\x10" + string(rune(12+len(id))) + "\x00\x04MQTT\x04" + string(rune(flags)) + "\x00\x00\x00" + string(rune(len(id))) + id
	if _, err := io.WriteString(nc, said); err != nil {
		b.Fatal(err)
	}
	if _, err := io.ReadFull(nc, make([]byte, 4)); err != nil {
		b.Fatal(err)
	}
	return nc
}
