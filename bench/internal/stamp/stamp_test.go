package stamp

import (
	"bytes"
	"testing"
)

func TestFindReturnsWhatWasAppended(t *testing.T) {
	want := Stamp{At: 1795521600123456789, Seq: 4711, Topic: 42}
	for name, wrap := range map[string][2]string{
		"bare":        {"", ""},
		"json string": {`42/bench,["message","`, `","0a1b"]`},
		"after topic": {"\x00\x08bench/42", ""},
	} {
		t.Run(name, func(t *testing.T) {
			b := append([]byte(wrap[0]), AppendPayload(nil, want, 100)...)
			got, ok := Find(append(b, wrap[1]...))
			if !ok || got != want {
				t.Fatalf("Find = %+v, %v, want %+v", got, ok, want)
			}
		})
	}
}

func TestAppendPayloadHasTheSizeAskedFor(t *testing.T) {
	for size, want := range map[int]int{0: Len, Len: Len, 100: 100, 2000: 2000} {
		if got := len(AppendPayload(nil, Stamp{}, size)); got != want {
			t.Errorf("payload of size %d has %d bytes, want %d", size, got, want)
		}
	}
}

func TestFindRefusesDamage(t *testing.T) {
	whole := Append(nil, Stamp{At: 1, Seq: 2, Topic: 3})
	for i := range whole {
		b := bytes.Clone(whole)
		b[i] = '?'
		if s, ok := Find(b); ok {
			t.Errorf("byte %d damaged (%q): Find = %+v, want none", i, b, s)
		}
		if _, ok := Find(whole[:i]); ok {
			t.Errorf("cut after %d bytes: want none", i)
		}
	}
}

func FuzzFind(f *testing.F) {
	f.Add(AppendPayload([]byte(`42["m","`), Stamp{At: 1, Seq: 2, Topic: 3}, 60))
	f.Add([]byte("@T"))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, ok := Find(b)
		if ok && !bytes.Contains(b, Append(nil, s)) {
			t.Fatalf("Find(%q) = %+v, which is not in there", b, s)
		}
	})
}
