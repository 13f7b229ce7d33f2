package rom

import (
	"bytes"
	"slices"
	"testing"
)

func decode(b []byte) [][]byte {
	var d decoder
	var all [][]byte
	for _, c := range b {
		if f := d.push(c); f != nil {
			all = append(all, slices.Clone(f))
		}
	}
	return all
}

func TestFrames(t *testing.T) {
	for _, c := range []struct {
		line string
		want []string
	}{
		{"\xc0ab\xc0", []string{"ab"}},
		{"\xc0\xc0ab\xc0\xc0c\xc0", []string{"ab", "c"}},
		{"\xc0\xdb\xdc\xdb\xdd\xc0", []string{"\xc0\xdb"}},
		{"garbage\xc0ab\xc0", []string{"ab"}},
		{"\xc0garbage\xc0ab\xc0", []string{"garbage", "ab"}},
		{"\xc0a\xdbb\xc0ab\xc0", []string{"ab"}},
		{"\xc0a\xdb\xc0ab\xc0", []string{"ab"}},
		{"\xc0" + string(make([]byte, maxFrame+1)) + "\xc0ab\xc0", []string{"ab"}},
		{"\xc0ab", nil},
	} {
		got := decode([]byte(c.line))
		if !slices.EqualFunc(got, c.want, func(a []byte, b string) bool { return string(a) == b }) {
			t.Errorf("%.40q is %q, want %q", c.line, got, c.want)
		}
	}
}

// Whatever a line brings: a frame that follows it is found whole, and the reader's memory stays bounded.
func FuzzFrames(f *testing.F) {
	f.Add([]byte("rl\xc0\xdb"), []byte("\x01\x08\x02\x00"))
	f.Add([]byte("\xdb\xdc\xc0\xc0"), []byte("\xc0\xdb"))
	f.Fuzz(func(t *testing.T, garbage, payload []byte) {
		if len(payload) == 0 || len(payload) > maxFrame {
			return
		}
		all := decode(append(slices.Clone(garbage), frame(payload)...))
		if len(all) == 0 || !bytes.Equal(all[len(all)-1], payload) {
			t.Fatalf("%q after %q is read as %q", payload, garbage, all)
		}
		for _, frame := range all {
			if len(frame) > maxFrame {
				t.Fatalf("a frame of %d bytes", len(frame))
			}
			for op := range byte(20) {
				if _, ok, err := answer(frame, op); err != nil && !ok {
					t.Fatal("an error of what is no answer")
				}
			}
		}
	})
}
