package wsframe

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"
)

// server encodes a frame as a server does: unmasked.
func server(first byte, payload []byte) []byte {
	b := []byte{first}
	switch n := len(payload); {
	case n < 126:
		b = append(b, byte(n))
	case n < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, 126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 127), uint64(n))
	}
	return append(b, payload...)
}

func TestParseTakesFrameAfterFrame(t *testing.T) {
	var stream []byte
	sizes := []int{0, 1, 125, 126, 65535, 65536}
	for _, n := range sizes {
		stream = append(stream, server(0x80|Text, bytes.Repeat([]byte{'a'}, n))...)
	}
	for _, n := range sizes {
		f, rest, ok, err := Parse(stream)
		if err != nil || !ok || !f.Final || f.Op != Text || len(f.Payload) != n {
			t.Fatalf("frame of %d bytes: got %d, final %v, op %d, ok %v, err %v", n, len(f.Payload), f.Final, f.Op, ok, err)
		}
		stream = rest
	}
	if len(stream) != 0 {
		t.Fatalf("%d bytes left over", len(stream))
	}
}

func TestParseWaitsForAWholeFrame(t *testing.T) {
	for _, n := range []int{5, 300, 70000} {
		whole := server(0x80|Binary, make([]byte, n))
		for _, cut := range []int{0, 1, 2, 3, 4, 9, 10, len(whole) - 1} {
			if cut >= len(whole) {
				continue
			}
			if _, rest, ok, err := Parse(whole[:cut]); ok || err != nil || len(rest) != cut {
				t.Errorf("%d of %d bytes: ok %v, err %v, rest %d; want to wait", cut, len(whole), ok, err, len(rest))
			}
		}
	}
}

func TestParseRefuses(t *testing.T) {
	if _, _, _, err := Parse([]byte{0x81, 0x81, 0, 0, 0, 0, 'a'}); !errors.Is(err, ErrMasked) {
		t.Errorf("masked frame: err = %v, want ErrMasked", err)
	}
	huge := append([]byte{0x82, 127}, bytes.Repeat([]byte{0xFF}, 8)...)
	if _, _, ok, err := Parse(huge); err == nil || ok {
		t.Errorf("2^64-1 bytes: ok %v, err %v, want refusal", ok, err)
	}
}

func TestAppendIsMasked(t *testing.T) {
	want := []byte("42[\"message\",1]")
	b := Append(nil, Text, want)
	if b[0] != 0x81 || b[1] != 0x80|byte(len(want)) {
		t.Fatalf("header % x", b[:2])
	}
	key, got := b[2:6], b[6:]
	for i := range got {
		got[i] ^= key[i&3]
	}
	if !bytes.Equal(got, want) {
		t.Fatalf("unmasked payload %q, want %q", got, want)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(server(0x80|Text, []byte("hello")))
	f.Add(server(Text, make([]byte, 200)))
	f.Add([]byte{0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		f, rest, ok, err := Parse(b)
		if ok && err == nil && len(f.Payload)+len(rest) >= len(b) {
			t.Fatalf("payload %d and rest %d from %d bytes", len(f.Payload), len(rest), len(b))
		}
		if !ok && len(rest) != len(b) {
			t.Fatalf("no frame, but %d of %d bytes consumed", len(b)-len(rest), len(b))
		}
	})
}
