package broker

import (
	"io"
	"net"
	"testing"
	"time"

	"gateway/internal/bus"
	"gateway/pkg/store"
)

// FuzzConnection says anything at all to the broker, before or after a CONNECT, and demands that it closes only that
// connection.
func FuzzConnection(f *testing.F) {
	connect4 := "\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01c"
	connect5 := "\x10\x0e\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x01c"
	persistent4 := "\x10\x0d\x00\x04MQTT\x04\x00\x00\x3c\x00\x01d"
	persistent5 := "\x10\x1b\x00\x04MQTT\x05\x06\x00\x3c\x05\x11\x00\x00\x00\x64\x00\x01e\x05\x18\x00\x00\x00\x01\x00\x01w\x00\x00" // with a will
	for _, after := range []string{
		"", "\x82\x06\x00\x01\x00\x00\x01a", "\x82\x06\x00\x01\x00\x01a\x01", "\x30\x04\x00\x01ab", "\x34\x06\x00\x01a\x00\x01b",
		"\x32\x07\x00\x01a\x00\x01\x00b", "\x62\x02\x00\x01", "\x40\x02\x00\x01", "\xe0\x00", "\xa2\x05\x00\x01\x00\x01a", "\xc0\x00",
	} {
		f.Add([]byte(connect4 + after))
		f.Add([]byte(connect5 + after))
		f.Add([]byte(persistent4 + after))
		f.Add([]byte(persistent5 + after))
		f.Add([]byte(after))
	}
	s, err := store.Open(f.TempDir(), store.Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = s.Close() })
	o := Options{Listen: "127.0.0.1:0", Authenticate: authenticate, MaxPacket: 4096, Sessions: diskStore{s}}
	b, err := New(o, bus.New(bus.Options{}))
	if err != nil {
		f.Fatal(err)
	}
	if err := b.Start(); err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = b.Close(f.Context()) })
	f.Fuzz(func(t *testing.T, said []byte) {
		nc, err := net.Dial("tcp", b.Addrs()[ListenerTCP])
		if err != nil {
			t.Fatal(err)
		}
		defer nc.Close()
		_ = nc.SetDeadline(time.Now().Add(patience))
		_, _ = nc.Write(said)
		_ = nc.(*net.TCPConn).CloseWrite()
		if _, err := io.Copy(io.Discard, nc); err != nil && isTimeout(err) {
			t.Error("the broker neither answered nor closed")
		}
	})
}
