package socketio

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"gateway/pkg/socketio/internal/siotest"
)

// openRaw opens a raw websocket that joined "/" and is closed with the test.
func openRaw(t testing.TB, base string) *siotest.Raw {
	t.Helper()
	r, err := siotest.JoinRaw(base)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

// Each violation ends the connection with the close code that RFC 6455 has
// for it, and is counted under its reason.
func TestViolationsGetTheirCloseCode(t *testing.T) {
	frame := siotest.Frame
	text := func(s string) []byte { return frame(true, siotest.OpText, []byte(s)) }
	length := func(head ...byte) []byte { return append([]byte{0x82}, head...) }
	for _, c := range []struct {
		name   string
		wire   []byte
		code   int
		reason Reason
	}{
		{"compressed frame", []byte{0xc1, 0x80, 0, 0, 0, 0}, 1002, ReasonTransportError},
		{"second reserved bit", []byte{0xa1, 0x80, 0, 0, 0, 0}, 1002, ReasonTransportError},
		{"third reserved bit", []byte{0x91, 0x80, 0, 0, 0, 0}, 1002, ReasonTransportError},
		{"unmasked", []byte{0x81, 0x01, '3'}, 1002, ReasonTransportError},
		{"unknown data opcode", []byte{0x83, 0x80, 0, 0, 0, 0}, 1002, ReasonTransportError},
		{"unknown control opcode", []byte{0x8b, 0x80, 0, 0, 0, 0}, 1002, ReasonTransportError},
		{"fragmented ping", frame(false, siotest.OpPing, nil), 1002, ReasonTransportError},
		{"fragmented close", frame(false, siotest.OpClose, nil), 1002, ReasonTransportError},
		{"ping of 126 bytes", frame(true, siotest.OpPing, make([]byte, 126)), 1002, ReasonTransportError},
		{"close of 126 bytes", frame(true, siotest.OpClose, make([]byte, 126)), 1002, ReasonTransportError},
		{"continuation of nothing", frame(true, siotest.OpContinuation, nil), 1002, ReasonTransportError},
		{"message inside a message", slices.Concat(frame(false, siotest.OpText, nil), text("3")), 1002, ReasonTransportError},
		{"length not minimal", length(0xfe, 0, 1, 0, 0, 0, 0, 0), 1002, ReasonTransportError},
		{"length beyond 63 bits", length(0xff, 0xff, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0), 1002, ReasonTransportError},
		{"length of 63 bits", length(0xff, 0x7f, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0), 1009, ReasonPayloadTooLarge},
		{"length of 32 bits", length(0xff, 0, 0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 0), 1009, ReasonPayloadTooLarge},
		{"fragments too large", slices.Concat(frame(false, siotest.OpBinary, make([]byte, 600)),
			frame(false, siotest.OpContinuation, make([]byte, 600))), 1009, ReasonPayloadTooLarge},
		{"text not UTF-8", text("42[\"\xff\"]"), 1007, ReasonParseError},
		{"text not UTF-8 across fragments", slices.Concat(frame(false, siotest.OpText, []byte("42[\"\xc3")),
			frame(true, siotest.OpContinuation, []byte("\"]"))), 1007, ReasonParseError},
		{"close with one byte", frame(true, siotest.OpClose, []byte{3}), 1002, ReasonTransportError},
		{"close with a reserved code", frame(true, siotest.OpClose, []byte{3, 237}), 1002, ReasonTransportError},
		{"close reason not UTF-8", frame(true, siotest.OpClose, []byte{3, 232, 0xff}), 1007, ReasonTransportError},
		{"close", frame(true, siotest.OpClose, []byte{3, 232}), 1000, ReasonTransportClose},
		{"close without a code", frame(true, siotest.OpClose, nil), 1000, ReasonTransportClose},
		{"close with a code of its own", frame(true, siotest.OpClose, []byte{0x0f, 0xa0, 'b', 'y', 'e'}), 4000, ReasonTransportClose},
		{"close packet", text("1"), 1000, ReasonTransportClose},
		{"empty text", text(""), 1002, ReasonParseError},
		{"unknown packet", text("7"), 1002, ReasonParseError},
		{"client ping", text("2"), 1002, ReasonParseError},
		{"client opens", text("0{}"), 1002, ReasonParseError},
		{"bad Socket.IO packet", text("4x"), 1002, ReasonParseError},
		{"event without payload", text("42"), 1002, ReasonParseError},
		{"event that is no array", text("421"), 1002, ReasonParseError},
		{"reserved event", text(`42["disconnect"]`), 1002, ReasonParseError},
		{"attachment of nothing", frame(true, siotest.OpBinary, []byte("x")), 1002, ReasonParseError},
		{"text inside attachments", slices.Concat(text(`452-["a",{"_placeholder":true,"num":0}]`), text(`42["a"]`)), 1002, ReasonParseError},
		{"too many attachments", text(`4517-["a"]`), 1002, ReasonParseError},
		{"placeholder of no attachment", slices.Concat(text(`451-["a",{"_placeholder":true,"num":1}]`),
			frame(true, siotest.OpBinary, nil)), 1002, ReasonParseError},
		{"attachments too large", slices.Concat(text(`452-["a"]`), frame(true, siotest.OpBinary, make([]byte, 600)),
			frame(true, siotest.OpBinary, make([]byte, 600))), 1009, ReasonPayloadTooLarge},
	} {
		t.Run(c.name, func(t *testing.T) {
			srv, base := serve(t, Options{MaxPayload: 1000, Logger: discard()})
			srv.Namespace("/")
			r := openRaw(t, base)
			if _, err := r.Write(c.wire); err != nil {
				t.Fatal(err)
			}
			if code := r.CloseCode(); code != c.code {
				t.Errorf("close code %d, want %d", code, c.code)
			}
			if d := srv.Stats().Disconnects; d[c.reason] != 1 || len(d) != 1 {
				t.Errorf("disconnects %v, want one %q", d, c.reason)
			}
		})
	}
}

// A message may come in as many pieces as there are bytes, cut inside runes,
// with pings between.
func TestTinyFragments(t *testing.T) {
	srv, base := serve(t, Options{})
	events := make(chan *Event, 1)
	srv.Namespace("/").OnConnect(func(s *Socket) {
		s.On("e", func(_ context.Context, e *Event) { events <- e })
	})
	r := openRaw(t, base)
	want := strings.Repeat("é€😀", 1000)
	message := []byte(`42["e","` + want + `"]`)
	var wire []byte
	for i := range message {
		op := byte(siotest.OpContinuation)
		if i == 0 {
			op = siotest.OpText
		}
		wire = append(wire, siotest.Frame(false, op, message[i:i+1])...)
		wire = append(wire, siotest.Frame(false, siotest.OpContinuation, nil)...)
		if i%100 == 0 {
			wire = append(wire, siotest.Frame(true, siotest.OpPing, []byte("p"))...)
		}
	}
	wire = append(wire, siotest.Frame(true, siotest.OpContinuation, nil)...)
	if _, err := r.Write(wire); err != nil {
		t.Fatal(err)
	}
	var got string
	if err := recv(t, events).Args[0].Decode(&got); err != nil || got != want {
		t.Errorf("%d bytes, %v; want %d", len(got), err, len(want))
	}
}

// Who floods with pings and reads the answers gets them all; who does not is
// closed before they fill more than a queue.
func TestPingFlood(t *testing.T) {
	srv, base := serve(t, Options{MaxQueueBytes: 64 << 10})
	srv.Namespace("/")
	ping := siotest.Frame(true, siotest.OpPing, bytes.Repeat([]byte{'p'}, 125))
	reader := openRaw(t, base)
	for i := range 500 {
		reader.Write(ping)
		if op, p, err := reader.ReadFrame(); err != nil || op != siotest.OpPong || len(p) != 125 {
			t.Fatalf("answer %d: opcode %d with %d bytes, %v", i, op, len(p), err)
		}
	}
	flooder := openRaw(t, base)
	flood := bytes.Repeat(ping, 1000)
	for range 1000 {
		if _, err := flooder.Write(flood); err != nil {
			break
		}
		if q := srv.Stats().QueuedBytes; q < 0 || q > 256<<10 {
			t.Fatalf("%d bytes of answers are queued", q)
		}
	}
	eventually(t, "the flooder is closed", func() bool { return srv.Stats().Disconnects[ReasonSlowConsumer] == 1 })
	reader.Write(ping)
	if op, _, err := reader.ReadFrame(); err != nil || op != siotest.OpPong {
		t.Errorf("the other client: opcode %d, %v", op, err)
	}
}

// What handlers keep of an event is theirs: the memory it was read into serves others.
func TestEventsKeepTheirOwnMemory(t *testing.T) {
	srv, base := serve(t, Options{})
	const events = 300
	got := make(chan *Event, 2*events)
	srv.Namespace("/").OnConnect(func(s *Socket) {
		s.On("e", func(_ context.Context, e *Event) { got <- e })
	})
	word := func(i int) string { return strings.Repeat(string(rune('a'+i%26)), 20+i%50) }
	send := func(i int, text func(string), binary func([]byte)) {
		text(fmt.Sprintf(`451-["e",%d,{"k":%q},{"_placeholder":true,"num":0}]`, i, word(i)))
		binary([]byte(word(i)))
	}
	a, b := openRaw(t, base), openRaw(t, base)
	for i := range events {
		for _, r := range []*siotest.Raw{a, b} {
			send(i, func(s string) { r.Text(s) }, func(p []byte) { r.Write(siotest.Frame(true, siotest.OpBinary, p)) })
		}
	}
	var all []*Event
	for range 2 * events {
		all = append(all, recv(t, got))
	}
	for _, e := range all {
		var i int
		var v struct{ K string }
		if json.Unmarshal(e.Args[0].JSON, &i) != nil || json.Unmarshal(e.Args[1].JSON, &v) != nil ||
			e.Name != "e" || v.K != word(i) || string(e.Args[2].Binary) != word(i) {
			t.Fatalf("event %d became %q %s %q", i, e.Name, e.Args[1].JSON, e.Args[2].Binary)
		}
	}
}
