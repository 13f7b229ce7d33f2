package wsframe

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
)

// clientFrame returns a masked frame as a client sends it.
func clientFrame(fin bool, op Opcode, p []byte) []byte {
	b := AppendHeader(nil, op, len(p))
	if !fin {
		b[0] &^= 0x80
	}
	b[1] |= 0x80
	mask := [4]byte{1, 2, 3, 4}
	b = append(b, mask[:]...)
	n := len(b)
	b = append(b, p...)
	Unmask(b[n:], mask, 0)
	return b
}

// decodeAll feeds b in pieces and returns what came of it, copied.
func decodeAll(d *Decoder, b []byte, piece int) (all []Message, err error) {
	for len(b) > 0 {
		n := min(piece, len(b))
		d.Feed(bytes.Clone(b[:n]))
		b = b[n:]
		for {
			m, ok, err := d.Next()
			if err != nil {
				return all, err
			}
			if !ok {
				break
			}
			all = append(all, Message{m.Opcode, bytes.Clone(m.Payload)})
		}
	}
	return all, nil
}

func TestRoundTrip(t *testing.T) {
	var stream []byte
	var want [][]byte
	for _, n := range []int{0, 1, 2, 125, 126, 127, 65535, 65536, 200_000} {
		p := bytes.Repeat([]byte("é"), n/2+n%2)[:n]
		want = append(want, p)
		stream = append(stream, clientFrame(true, Binary, p)...)
	}
	for _, piece := range []int{1, 2, 7, 4096, len(stream)} {
		got, err := decodeAll(&Decoder{Max: 1 << 20}, stream, piece)
		if err != nil || len(got) != len(want) {
			t.Fatalf("pieces of %d: %d messages, %v", piece, len(got), err)
		}
		for i := range want {
			if !bytes.Equal(got[i].Payload, want[i]) {
				t.Errorf("pieces of %d: message %d differs", piece, i)
			}
		}
	}
}

func TestFragments(t *testing.T) {
	stream := clientFrame(false, Text, []byte("he"))
	stream = append(stream, clientFrame(true, Ping, []byte("p"))...)
	stream = append(stream, clientFrame(false, Continuation, nil)...)
	stream = append(stream, clientFrame(true, Continuation, []byte("llo"))...)
	for _, piece := range []int{1, 3, len(stream)} {
		d := &Decoder{Max: 100}
		got, err := decodeAll(d, stream, piece)
		if err != nil || len(got) != 2 || got[0].Opcode != Ping || string(got[1].Payload) != "hello" || got[1].Opcode != Text {
			t.Fatalf("pieces of %d: %v, %v", piece, got, err)
		}
		if d.Partial() {
			t.Error("decoder keeps something after a whole message")
		}
	}
}

func TestTextMayBeCutInsideARune(t *testing.T) {
	stream := append(clientFrame(false, Text, []byte("\xc3")), clientFrame(true, Continuation, []byte("\xa9"))...)
	got, err := decodeAll(&Decoder{Max: 10}, stream, 100)
	if err != nil || len(got) != 1 || string(got[0].Payload) != "é" {
		t.Errorf("%v, %v", got, err)
	}
}

func TestViolations(t *testing.T) {
	long := func(n uint64) []byte {
		return binary.BigEndian.AppendUint64([]byte{0x82, 0xff}, n)
	}
	for name, c := range map[string]struct {
		in   []byte
		want error
	}{
		"reserved bits":            {[]byte{0xc1, 0x80, 0, 0, 0, 0}, ErrReservedBits},
		"opcode 3":                 {[]byte{0x83, 0x80, 0, 0, 0, 0}, ErrOpcode},
		"opcode 11":                {[]byte{0x8b, 0x80, 0, 0, 0, 0}, ErrOpcode},
		"not masked":               {[]byte{0x81, 0x00}, ErrNotMasked},
		"long ping":                {[]byte{0x89, 0xfe, 0, 126, 0, 0, 0, 0}, ErrControlLength},
		"fragmented ping":          {[]byte{0x09, 0x80, 0, 0, 0, 0}, ErrControlFragment},
		"length not minimal":       {[]byte{0x81, 0xfe, 0, 125, 0, 0, 0, 0}, ErrLength},
		"long length not minimal":  {append(long(65535), 0, 0, 0, 0), ErrLength},
		"length with top bit":      {append(long(1<<63), 0, 0, 0, 0), ErrLength},
		"continuation of nothing":  {clientFrame(true, Continuation, nil), ErrNoMessage},
		"message inside a message": {append(clientFrame(false, Text, nil), clientFrame(true, Text, nil)...), ErrUnexpectedFrame},
		"invalid UTF-8":            {clientFrame(true, Text, []byte("\xff")), ErrInvalidUTF8},
		"too large":                {append(long(1<<40), 0, 0, 0, 0), ErrMessageTooLarge},
		"fragments too large": {append(clientFrame(false, Binary, make([]byte, 60)),
			clientFrame(true, Continuation, make([]byte, 60))...), ErrMessageTooLarge},
	} {
		for _, piece := range []int{1, 1000} {
			if _, err := decodeAll(&Decoder{Max: 100}, bytes.Clone(c.in), piece); !errors.Is(err, c.want) {
				t.Errorf("%s: got %v, want %v", name, err, c.want)
			}
		}
	}
}

// An announced length must not cost memory before the bytes have come.
func TestMemoryIsGivenForBytesThatCame(t *testing.T) {
	d := &Decoder{Max: 1 << 30}
	b := binary.BigEndian.AppendUint64([]byte{0x82, 0xff}, 1<<29)
	d.Feed(append(b, 0, 0, 0, 0, 'x'))
	if _, ok, err := d.Next(); ok || err != nil {
		t.Fatal(ok, err)
	}
	if cap(d.own) > 16<<10 {
		t.Errorf("%d bytes for 15 that came", cap(d.own))
	}
}

func TestCloseFrames(t *testing.T) {
	for _, c := range []struct {
		payload string
		code    CloseCode
		err     error
	}{
		{"", 1005, nil},
		{"\x03\xe8", 1000, nil},
		{"\x03\xe8bye", 1000, nil},
		{"\x0f\xa0", 4000, nil},
		{"\x03", 0, ErrInvalidCloseCode},
		{"\x03\xed", 0, ErrInvalidCloseCode}, // 1005 must not be sent
		{"\x00\x00", 0, ErrInvalidCloseCode},
		{"\x03\xe8\xff", 0, ErrInvalidUTF8},
	} {
		code, err := ParseClose([]byte(c.payload))
		if code != c.code || !errors.Is(err, c.err) {
			t.Errorf("%q: %d, %v", c.payload, code, err)
		}
	}
	if got := AppendClose(nil, ClosePolicy); string(got) != "\x88\x02\x03\xf0" {
		t.Errorf("%x", got)
	}
}

func TestUnmaskAtAnyOffset(t *testing.T) {
	plain := []byte(strings.Repeat("The quick brown fox. ", 5))
	mask := [4]byte{0xde, 0xad, 0xbe, 0xef}
	whole := bytes.Clone(plain)
	Unmask(whole, mask, 0)
	for i := range plain {
		b := bytes.Clone(whole)
		Unmask(b[:i], mask, 0)
		Unmask(b[i:], mask, i)
		if !bytes.Equal(b, plain) {
			t.Fatalf("cut at %d", i)
		}
	}
}

// Whatever the bytes are, the pieces they come in make no difference.
func FuzzDecoder(f *testing.F) {
	f.Add(clientFrame(true, Text, []byte("hello")), uint64(1))
	f.Add(append(clientFrame(false, Binary, []byte("ab")), clientFrame(true, Continuation, []byte("c"))...), uint64(2))
	f.Add(append(clientFrame(true, Ping, nil), clientFrame(true, Close, []byte{3, 232})...), uint64(3))
	f.Fuzz(func(t *testing.T, b []byte, seed uint64) {
		whole, err := decodeAll(&Decoder{Max: 1000}, bytes.Clone(b), len(b)+1)
		r := rand.New(rand.NewPCG(seed, 1))
		cut, err2 := decodeAll(&Decoder{Max: 1000}, bytes.Clone(b), 1+r.IntN(9))
		if !errors.Is(err2, err) || len(whole) != len(cut) {
			t.Fatalf("%d messages, %v; in pieces %d, %v", len(whole), err, len(cut), err2)
		}
		for i := range whole {
			if whole[i].Opcode != cut[i].Opcode || !bytes.Equal(whole[i].Payload, cut[i].Payload) {
				t.Fatalf("message %d differs", i)
			}
			if len(whole[i].Payload) > 1000 {
				t.Fatal("message exceeds the limit")
			}
		}
	})
}
