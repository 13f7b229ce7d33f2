package socketio

import (
	"encoding/json"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gateway/pkg/socketio/parser"
)

func BenchmarkEncode(b *testing.B) {
	payload := strings.Repeat("x", 100)
	raw := json.RawMessage(`{"temperature":21.5,"humidity":40,"battery":97,"linkquality":120}`)
	for name, args := range map[string][]any{
		"string": {payload},
		"raw":    {raw},
		"struct": {struct{ A, B int }{1, 2}},
		"binary": {[]byte(payload)},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				p, err := NewPacket("/home/kitchen", "temp", args...)
				if err != nil {
					b.Fatal(err)
				}
				p.frame()
			}
		})
	}
}

func BenchmarkDecode(b *testing.B) {
	text := []byte(`2/home/kitchen,17["light",{"on":true,"color":[255,128,0],"effect":"none"},"` + strings.Repeat("x", 60) + `"]`)
	a := parser.Assembler{Limits: parser.Limits{Namespace: 128, Attachments: 16, AttachmentBytes: 1 << 20}}
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		w, err := a.Text(text)
		if err != nil {
			b.Fatal(err)
		}
		elements := parser.Elements(nil, w.Data)
		if _, err := parser.Args(elements[1:], nil); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkBroadcast emits to clients that read over loopback. An operation is one
// delivery; the clients' reading is part of its time.
func BenchmarkBroadcast(b *testing.B) {
	const clients = 500
	for _, c := range []struct {
		name string
		o    Options
	}{
		{"plain", Options{}},
		{"recovery", Options{Recovery: 2 * time.Minute}},
	} {
		b.Run(c.name, func(b *testing.B) {
			c.o.MaxQueueBytes, c.o.MaxQueuePackets = 64<<20, 1<<20
			srv, base := serve(b, c.o)
			n := srv.Namespace("/")
			conns := sockets(n)
			var got atomic.Int64
			for range clients {
				sink(b, base, &got)
				recv(b, conns)
			}
			before := got.Load()
			payload := json.RawMessage(`"` + strings.Repeat("x", 100) + `"`)
			emitted := 0
			b.ResetTimer()
			for ; emitted < b.N; emitted += clients {
				if _, err := n.EmitRaw("message", payload); err != nil {
					b.Fatal(err)
				}
			}
			p, _ := NewPacket("/", "message", payload)
			size := int64(p.Len())
			for got.Load()-before < int64(emitted)*size {
				time.Sleep(50 * time.Microsecond)
			}
		})
	}
}

// sink is a client that counts the bytes it reads.
func sink(b *testing.B, base string, got *atomic.Int64) {
	b.Helper()
	addr := strings.TrimPrefix(base, "http://")
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { nc.Close() })
	fmt.Fprintf(nc, "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n\x81\x82\x00\x00\x00\x0040", addr)
	go func() {
		buf := make([]byte, 64<<10)
		for {
			k, err := nc.Read(buf)
			got.Add(int64(k))
			if err != nil {
				return
			}
		}
	}()
}
