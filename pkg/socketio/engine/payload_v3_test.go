package engine

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
)

// packets3 describes what a payload of revision 3 decodes to, the error last.
func packets3(payload string, octets bool) string {
	var got []string
	err := decodePayload3([]byte(payload), octets, func(p packet) bool {
		kind := string(p.typ)
		if p.binary {
			kind += "b"
		}
		got = append(got, fmt.Sprintf("%s %q", kind, p.data))
		return true
	})
	if err != nil {
		got = append(got, strings.TrimPrefix(err.Error(), "engine: "))
	}
	return strings.Join(got, ", ")
}

func TestDecodeText3(t *testing.T) {
	const badLength = "bad packet length in payload"
	for in, want := range map[string]string{
		"2:4a":                   `4 "a"`,
		"2:4a1:212:4hello world": `4 "a", 2 "", 4 "hello world"`,
		"3:4é€":                  `4 "é€"`,
		"3:4😀":                   `4 "😀"`, // two UTF-16 code units
		"6:4a😀bc1:3":             `4 "a😀bc", 3 ""`,
		"6:b4AQI=":               `4b "\x01\x02"`,
		"2:b41:2":                `4b "", 2 ""`,
		"0:":                     "",
		"0:2:4a":                 `4 "a"`,
		"2:4😀":                   badLength, // it cuts a surrogate pair
		"":                       "empty packet",
		":":                      badLength,
		"4a":                     badLength,
		"3:4a":                   badLength,
		"-1:4":                   badLength,
		"+1:4":                   badLength,
		" 1:4":                   badLength,
		"1e1:4":                  badLength,
		"99999999999:4":          badLength,
		"2:4a3:":                 `4 "a", ` + badLength,
		"2:4a3":                  `4 "a", ` + badLength,
		"1:7":                    "unknown packet type",
		"1:b":                    "unknown packet type",
		"2:b2":                   "unknown packet type",
		"3:b4A":                  "binary packet is not base64",
		"2:4\xff":                "payload is not valid UTF-8",
	} {
		if got := packets3(in, false); got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
}

func TestDecodeOctets3(t *testing.T) {
	const badLength = "bad packet length in payload"
	for in, want := range map[string]string{
		"\x00\x02\xff4a":                    `4 "a"`,
		"\x00\x03\xff4é":                    `4 "é"`, // bytes are counted
		"\x00\x01\x00\xff4012345678":        `4 "012345678"`,
		"\x01\x03\xff\x04\x00\xff":          `4b "\x00\xff"`,
		"\x01\x01\xff\x04":                  `4b ""`,
		"\x00\x01\xff2\x01\x02\xff\x04\x00": `2 "", 4b "\x00"`,
		"\x00\x06\xffb4AQI=":                `4b "\x01\x02"`,
		"":                                  "empty packet",
		"\x00":                              badLength,
		"\x00\xff4":                         badLength,
		"\x00\x01":                          badLength,
		"\x00\x02\xff4":                     badLength,
		"\x00\x0a\xff4":                     badLength,
		"\x00\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\xff4": badLength,
		"\x00\x00\xff":       "empty packet",
		"\x01\x00\xff":       "empty packet",
		"\x01\x01\xff\x02":   "unknown packet type",
		"\x01\x02\xff4a":     "unknown packet type",
		"\x02\x02\xff4a":     "unknown packet type",
		"2:4a":               badLength,
		"\x00\x02\xff4\xff":  "payload is not valid UTF-8",
		"\x00\x02\xff4a\x00": `4 "a", ` + badLength,
	} {
		if got := packets3(in, true); got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
}

func TestDecodePayload3Stops(t *testing.T) {
	for in, octets := range map[string]bool{"1:41:41:4": false, "\x00\x01\xff4\x00\x01\xff4\x00\x01\xff4": true} {
		n := 0
		if err := decodePayload3([]byte(in), octets, func(packet) bool { n++; return n < 2 }); err != nil || n != 2 {
			t.Errorf("%q: %d packets after the second was refused, %v", in, n, err)
		}
	}
}

func TestFrame3OnTheWire(t *testing.T) {
	event := NewFrame([]byte("51-"), []byte(`["é😀"]`), []byte{1, 2}, nil)
	for _, c := range []struct {
		name                    string
		frame                   *Frame
		base64                  bool
		websocket, text, octets string
	}{
		{"text", packetFrame(pong, ""), false, "\x81\x013", "1:3", "\x00\x01\xff3"},
		{"event", NewFrame([]byte("2"), []byte(`["a"]`)), false, "\x81\x0742[\"a\"]", `7:42["a"]`, "\x00\x07\xff42[\"a\"]"},
		{
			"binary event", event, false, "\x81\x0e451-[\"é😀\"]\x82\x03\x04\x01\x02\x82\x01\x04", "",
			"\x00\x01\x04\xff451-[\"é😀\"]\x01\x03\xff\x04\x01\x02\x01\x01\xff\x04",
		},
		{
			"binary event in base64", event, true, "\x81\x0e451-[\"é😀\"]\x81\x06b4AQI=\x81\x02b4",
			"11:451-[\"é😀\"]6:b4AQI=2:b4", "",
		},
		{"binary", NewBinaryFrame([]byte{7}), false, "\x82\x02\x04\x07", "", "\x01\x02\xff\x04\x07"},
		{"binary in base64", NewBinaryFrame([]byte{7}), true, "\x81\x06b4Bw==", "6:b4Bw==", ""},
		{"control", controlFrame([]byte("x")), false, "x", "", ""},
	} {
		got := c.frame.in3(c.base64)
		if string(got.wire) != c.websocket {
			t.Errorf("%s on a websocket: %q, want %q", c.name, got.wire, c.websocket)
		}
		if s := string(got.appendPolled3(nil, false)); c.text != "" && s != c.text {
			t.Errorf("%s in text: %q, want %q", c.name, s, c.text)
		}
		if s := string(got.appendPolled3(nil, true)); c.octets != "" && s != c.octets {
			t.Errorf("%s in octets: %q, want %q", c.name, s, c.octets)
		}
		if !c.base64 && c.frame.in3(false) != got {
			t.Errorf("%s is written anew for each receiver", c.name)
		}
	}
}

// What a client of revision 4 gets does not change when one of revision 3 gets it too.
func TestFrame3LeavesTheFrameAlone(t *testing.T) {
	f := NewFrame([]byte("51-"), []byte(`[0]`), []byte{7})
	before := bytes.Clone(f.wire)
	f.in3(false)
	f.in3(true)
	if !bytes.Equal(f.wire, before) || string(f.appendPolled(nil)) != "451-[0]\x1ebBw==" {
		t.Errorf("%q", f.wire)
	}
}

// Whatever the packets, they come out of a payload as they went in, and text
// is counted as JavaScript counts it.
func TestPayload3RoundTrip(t *testing.T) {
	texts := []string{"", "a", "é", "€", "😀", "a😀é\u2028\x00", "\U0010ffff", "\ufeff", strings.Repeat("😀x", 500), `["\ud800"]`}
	for _, octets := range []bool{false, true} {
		var b []byte
		var want []string
		for _, s := range texts {
			if n := units([]byte(s)); n != len(utf16.Encode([]rune(s))) {
				t.Errorf("%q: %d units", s, n)
			}
			b = NewFrame(nil, []byte(s)).in3(!octets).appendPolled3(b, octets)
			b = NewBinaryFrame([]byte(s)).in3(!octets).appendPolled3(b, octets)
			want = append(want, fmt.Sprintf("4 %q, 4b %q", s, s))
		}
		if isOctets(b) != octets {
			t.Errorf("octets %v, but the payload begins with %q", octets, b[0])
		}
		if got := packets3(string(b), octets); got != strings.Join(want, ", ") {
			t.Errorf("octets %v: %s", octets, got)
		}
	}
}

func FuzzPayload3(f *testing.F) {
	f.Add([]byte("2:4a6:b4AQI=1:2"), false)
	f.Add([]byte("4:4a😀0:"), false)
	f.Add([]byte("\x00\x02\xff4a\x01\x03\xff\x04\x01\x02"), true)
	f.Add([]byte("\x00\x06\xffb4AQI=\x00\x01\x02\xff4hello world"), true)
	f.Fuzz(func(t *testing.T, b []byte, octets bool) {
		var first [][]byte
		var out []byte
		err := decodePayload3(bytes.Clone(b), octets, func(p packet) bool {
			first = append(first, bytes.Clone(p.data))
			g := packetFrame(p.typ, string(p.data))
			if p.binary {
				g = NewBinaryFrame(p.data).in3(!octets)
			}
			out = g.appendPolled3(out, octets)
			return true
		})
		if err != nil || len(first) == 0 {
			return
		}
		var second [][]byte
		if err := decodePayload3(bytes.Clone(out), octets, func(p packet) bool { second = append(second, bytes.Clone(p.data)); return true }); err != nil {
			t.Fatalf("%q became %q: %v", b, out, err)
		}
		if !cmp.Equal(first, second) {
			t.Fatalf("%q became %q", first, second)
		}
	})
}
