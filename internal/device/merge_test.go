package device

import (
	"encoding/json"
	"testing"
)

func document(t *testing.T, text string) Document {
	t.Helper()
	d, err := parseDocument("it", []byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return d
}

// The examples of RFC 7396, appendix A, as far as both sides are objects.
func TestMergeAsTheRFCDoes(t *testing.T) {
	for _, c := range []struct{ target, patch, want string }{
		{`{"a":"b"}`, `{"a":"c"}`, `{"a":"c"}`},
		{`{"a":"b"}`, `{"b":"c"}`, `{"a":"b","b":"c"}`},
		{`{"a":"b"}`, `{"a":null}`, `{}`},
		{`{"a":"b","b":"c"}`, `{"a":null}`, `{"b":"c"}`},
		{`{"a":["b"]}`, `{"a":"c"}`, `{"a":"c"}`},
		{`{"a":"c"}`, `{"a":["b"]}`, `{"a":["b"]}`},
		{`{"a":{"b":"c"}}`, `{"a":{"b":"d","c":null}}`, `{"a":{"b":"d"}}`},
		{`{"a":[{"b":"c"}]}`, `{"a":[1]}`, `{"a":[1]}`},
		{`{"e":null}`, `{"a":1}`, `{"a":1,"e":null}`},
		{`{}`, `{"a":{"bb":{"ccc":null}}}`, `{"a":{"bb":{}}}`},
		{`{"n":9007199254740993}`, `{"m":0.10}`, `{"m":0.10,"n":9007199254740993}`},
	} {
		if got := string(merge(document(t, c.target), document(t, c.patch)).text()); got != c.want {
			t.Errorf("%s with %s: %s, want %s", c.target, c.patch, got, c.want)
		}
	}
}

func TestDeltaIsWhatIsNotYet(t *testing.T) {
	for _, c := range []struct{ desired, reported, want string }{
		{`{}`, `{"a":1}`, `{}`},
		{`{"a":1}`, `{}`, `{"a":1}`},
		{`{"a":1}`, `{"a":1.0}`, `{}`},
		{`{"a":1}`, `{"a":"1"}`, `{"a":1}`},
		{`{"a":[1,{"b":2}]}`, `{"a":[1.0,{"b":2}]}`, `{}`},
		{`{"a":[1]}`, `{"a":[1,2]}`, `{"a":[1]}`},
		{`{"a":{"b":1,"c":2}}`, `{"a":{"b":1,"c":3,"d":4}}`, `{"a":{"c":2}}`},
		{`{"a":{"b":1}}`, `{"a":5}`, `{"a":{"b":1}}`},
		{`{"a":{}}`, `{}`, `{"a":{}}`},
	} {
		if got := string(delta(document(t, c.desired), document(t, c.reported)).text()); got != c.want {
			t.Errorf("%s against %s: %s, want %s", c.desired, c.reported, got, c.want)
		}
	}
}

// FuzzDiff: the patch from one document to another makes that other one, whatever they are.
func FuzzDiff(f *testing.F) {
	f.Add(`{"a":{"b":1},"c":[1,2]}`, `{"a":{"d":2}}`)
	f.Add(`{"a":1}`, `{"a":{"b":{}}}`)
	f.Add(`{"a":{"b":1}}`, `{"a":[]}`)
	f.Fuzz(func(t *testing.T, a, b string) {
		from, err := parseDocument("a", []byte(a))
		to, err2 := parseDocument("b", []byte(b))
		if err != nil || err2 != nil {
			return
		}
		from, to = merge(Document{}, from), merge(Document{}, to) // documents hold no null but in lists
		patch := diff(from, to)
		sent, err := parseDocument("patch", patch.text())
		if err != nil {
			return // larger than both together may be
		}
		got := merge(from, sent)
		if len(diff(got, to)) > 0 || len(diff(to, got)) > 0 {
			t.Errorf("from %s to %s: %s makes %s", from.text(), to.text(), patch.text(), got.text())
		}
	})
}

// FuzzLine reads what boards send as log lines.
func FuzzLine(f *testing.F) {
	f.Add([]byte(`[1,2,"info","x"]`))
	f.Add([]byte(`{"n":1,"level":"error"}`))
	f.Add([]byte(`[[],{},null,7]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var l Line
		if json.Unmarshal(data, &l) != nil {
			return
		}
		text, err := json.Marshal(l)
		var again Line
		if err == nil {
			err = json.Unmarshal(text, &again)
		}
		if err != nil || again.N != l.N || again.Uptime != l.Uptime || again.Level != l.Level {
			t.Errorf("%q: %+v became %+v (%v)", data, l, again, err)
		}
	})
}
