package mqtt

import (
	"bufio"
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	server "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/hooks/auth"
	"github.com/mochi-mqtt/server/v2/listeners"
)

// startBroker runs a real broker on a free port and returns its address.
func startBroker(t *testing.T) string {
	t.Helper()
	broker := server.New(&server.Options{Logger: slog.New(slog.DiscardHandler)})
	tcp := listeners.NewTCP(listeners.Config{ID: "t", Address: "127.0.0.1:0"})
	if err := broker.AddHook(new(auth.AllowHook), nil); err != nil {
		t.Fatal(err)
	}
	if err := broker.AddListener(tcp); err != nil {
		t.Fatal(err)
	}
	if err := broker.Serve(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { broker.Close() })
	return tcp.Address()
}

func TestPublishArrivesAtASubscriber(t *testing.T) {
	addr := startBroker(t)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	sub, err := Dial(ctx, addr, "sub")
	if err != nil {
		t.Fatal(err)
	}
	if err := sub.Subscribe(ctx, "up/#", 0); err != nil {
		t.Fatal(err)
	}
	got := make(chan string, 2)
	done := make(chan struct{})
	go func() {
		defer close(done)
		sub.Receive(func(p []byte, _ time.Time) { got <- string(p) })
	}()
	pub, err := Dial(ctx, addr, "pub")
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("x", 300)
	if err := pub.Write(AppendPublish(AppendPublish(nil, "up/1", []byte("a")), "up/2", []byte(long))); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"\x00\x04up/1a", "\x00\x04up/2" + long} {
		select {
		case p := <-got:
			if p != want {
				t.Errorf("received %q, want %q", p, want)
			}
		case <-ctx.Done():
			t.Fatal("nothing received")
		}
	}
	pub.Close()
	sub.Close()
	<-done
}

func TestDialGivesUpWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Dial(ctx, "127.0.0.1:1", "x"); err == nil {
		t.Fatal("no error")
	}
}

func TestReadPacketRefuses(t *testing.T) {
	for name, b := range map[string]string{
		"too large":             "\x30\xff\xff\xff\x7f",
		"five bytes of length":  "\x30\xff\xff\xff\xff\x01",
		"shorter than it says":  "\x30\x05ab",
		"ends after first byte": "\x30",
	} {
		t.Run(name, func(t *testing.T) {
			if _, _, err := readPacket(bufio.NewReader(strings.NewReader(b)), nil); err == nil {
				t.Fatal("no error")
			}
		})
	}
}

func FuzzReadPacket(f *testing.F) {
	f.Add(AppendPublish(nil, "a/b", []byte("payload")))
	f.Add([]byte{0x20, 2, 0, 0})
	f.Add([]byte{0x30, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, b []byte) {
		kind, body, err := readPacket(bufio.NewReader(bytes.NewReader(b)), nil)
		if err == nil && (kind != b[0]>>4 || !bytes.Contains(b, body)) {
			t.Fatalf("type %d, body %q from %q", kind, body, b)
		}
	})
}

func TestAtLeastOnce(t *testing.T) {
	publish := AppendPublishQoS1(nil, "cmnd/x", 0x0102, []byte("on"))
	if want := "\x32\x0c\x00\x06cmnd/x\x01\x02on"; string(publish) != want {
		t.Errorf("PUBLISH %q, want %q", publish, want)
	}
	if got, want := AppendPuback(nil, publish[2:]), "\x40\x02\x01\x02"; string(got) != want {
		t.Errorf("PUBACK %q, want %q", got, want)
	}
	if clean, lasting := appendConnect(nil, "c", true), appendConnect(nil, "c", false); clean[9] != 2 || lasting[9] != 0 {
		t.Errorf("CONNECT flags %d and %d, want 2 and 0", clean[9], lasting[9])
	}
}
