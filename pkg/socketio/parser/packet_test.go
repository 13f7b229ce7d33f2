package parser

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func limits() Limits { return Limits{Namespace: 32, Attachments: 4, AttachmentBytes: 100} }

func TestDecode(t *testing.T) {
	for in, want := range map[string]Packet{
		`0`:                      {Type: Connect},
		`0/`:                     {Type: Connect},
		`0/,`:                    {Type: Connect},
		`0{"a":1}`:               {Type: Connect, Data: []byte(`{"a":1}`)},
		`0/x`:                    {Type: Connect, Namespace: []byte("/x")},
		`0/x,{}`:                 {Type: Connect, Namespace: []byte("/x"), Data: []byte(`{}`)},
		`0/x?token=1,`:           {Type: Connect, Namespace: []byte("/x")},
		`1`:                      {Type: Disconnect},
		`1/x,`:                   {Type: Disconnect, Namespace: []byte("/x")},
		`2["a"]`:                 {Type: Event, Data: []byte(`["a"]`)},
		`2/x,12["a"]`:            {Type: Event, Namespace: []byte("/x"), ID: 12, HasID: true, Data: []byte(`["a"]`)},
		`20["a"]`:                {Type: Event, HasID: true, Data: []byte(`["a"]`)},
		`31[]`:                   {Type: Ack, ID: 1, HasID: true, Data: []byte(`[]`)},
		`4{"message":"no"}`:      {Type: ConnectError, Data: []byte(`{"message":"no"}`)},
		`52-/x,7["a"]`:           {Type: BinaryEvent, Attachments: 2, Namespace: []byte("/x"), ID: 7, HasID: true, Data: []byte(`["a"]`)},
		`61-1[]`:                 {Type: BinaryAck, Attachments: 1, ID: 1, HasID: true, Data: []byte(`[]`)},
		`29223372036854775807[]`: {Type: Event, ID: 9223372036854775807, HasID: true, Data: []byte(`[]`)},
	} {
		got, err := Decode([]byte(in), limits())
		if err != nil || !cmp.Equal(got, want) {
			t.Errorf("%s: %v\n%s", in, err, cmp.Diff(want, got))
		}
	}
}

func TestDecodeErrors(t *testing.T) {
	for in, want := range map[string]error{
		``:                             ErrEmpty,
		`7`:                            ErrType,
		`a`:                            ErrType,
		`5["a"]`:                       ErrAttachments,
		`5-["a"]`:                      ErrAttachments,
		`5x-["a"]`:                     ErrAttachments,
		`5-1-["a"]`:                    ErrAttachments,
		`55-["a"]`:                     ErrAttachments,
		`599999999999999999999-[]`:     ErrAttachments,
		`2/` + strings.Repeat("a", 40): ErrNamespace,
		`29223372036854775808[]`:       ErrID,
		`299999999999999999999[]`:      ErrID,
		`2`:                            ErrPayload,
		`2{}`:                          ErrPayload,
		`2["a"`:                        ErrPayload,
		`2["a"]]`:                      ErrPayload,
		`2 `:                           ErrPayload,
		`0[]`:                          ErrPayload,
		`0"a"`:                         ErrPayload,
		`05{}`:                         ErrPayload,
		`1{}`:                          ErrPayload,
		`3[]`:                          ErrPayload,
		`31{}`:                         ErrPayload,
		`2/x["a"]`:                     ErrPayload,
	} {
		if _, err := Decode([]byte(in), limits()); !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", in, err, want)
		}
	}
}

func TestElements(t *testing.T) {
	for in, want := range map[string][]string{
		`[]`:                         nil,
		`[ ]`:                        nil,
		`[1]`:                        {`1`},
		` [ "a" , {"b":[1,2]} ] `:    {`"a"`, `{"b":[1,2]}`},
		`["a,]\"\\",[[],{"x":"}"}]]`: {`"a,]\"\\"`, `[[],{"x":"}"}]`},
	} {
		var got []string
		for _, e := range Elements(nil, []byte(in)) {
			got = append(got, string(e))
		}
		if !cmp.Equal(got, want) {
			t.Errorf("%s: %q", in, got)
		}
	}
	many := "[" + strings.Repeat("1,", 5000) + "1]"
	if n := len(Elements(nil, []byte(many))); n != MaxElements+1 {
		t.Errorf("%d elements of an endless array", n)
	}
}

func TestEventName(t *testing.T) {
	for in, want := range map[string]string{`["a"]`: "a", `["a\nb",1]`: "a\nb", `[""]`: "", `["\u0063onnect_"]`: "connect_"} {
		if got, err := EventName(Elements(nil, []byte(in))); err != nil || got != want {
			t.Errorf("%s: %q, %v", in, got, err)
		}
	}
	for _, in := range []string{`[]`, `[1]`, `[null]`, `[["a"]]`, `["connect"]`, `["\u0063onnect"]`, `["newListener"]`} {
		if got, err := EventName(Elements(nil, []byte(in))); err == nil {
			t.Errorf("%s: %q", in, got)
		}
	}
}

func TestPlaceholder(t *testing.T) {
	for in, want := range map[string]struct {
		num int
		ok  bool
		err error
	}{
		`{"_placeholder":true,"num":1}`:  {1, true, nil},
		`{"num":0,"_placeholder":true}`:  {0, true, nil},
		`{"_placeholder":true,"num":2}`:  {0, true, ErrPlaceholder},
		`{"_placeholder":true,"num":-1}`: {0, true, ErrPlaceholder},
		`{"_placeholder":true}`:          {0, true, ErrPlaceholder},
		`{"_placeholder":false,"num":0}`: {},
		`{"a":{"_placeholder":true}}`:    {},
		`"_placeholder"`:                 {},
		`1`:                              {},
	} {
		num, ok, err := Placeholder([]byte(in), 2)
		if num != want.num || ok != want.ok || !errors.Is(err, want.err) {
			t.Errorf("%s: %d, %v, %v", in, num, ok, err)
		}
	}
}

func TestAssembler(t *testing.T) {
	a := Assembler{Limits: limits()}
	text := []byte(`52-/x,3["a",{"_placeholder":true,"num":0}]`)
	if w, err := a.Text(text); w != nil || err != nil {
		t.Fatal(w, err)
	}
	one := []byte{1}
	if w, err := a.Binary(one); w != nil || err != nil {
		t.Fatal(w, err)
	}
	w, err := a.Binary(nil)
	if err != nil || w == nil {
		t.Fatal(w, err)
	}
	clear(text)
	clear(one)
	want := &Whole{
		Packet: Packet{
			Type: BinaryEvent, Attachments: 2, Namespace: []byte("/x"), ID: 3, HasID: true,
			Data: []byte(`["a",{"_placeholder":true,"num":0}]`),
		},
		Binaries: [][]byte{{1}, {}},
	}
	if !cmp.Equal(w, want) {
		t.Error(cmp.Diff(want, w))
	}
	if w, err := a.Text([]byte(`2["next"]`)); err != nil || string(w.Data) != `["next"]` {
		t.Error(w, err)
	}
}

func TestAssemblerRefuses(t *testing.T) {
	for name, feed := range map[string]func(a *Assembler) error{
		"bytes first": func(a *Assembler) error { _, err := a.Binary([]byte{1}); return err },
		"text before its attachments": func(a *Assembler) error {
			a.Text([]byte(`51-["a"]`))
			_, err := a.Text([]byte(`2["b"]`))
			return err
		},
		"one attachment too many": func(a *Assembler) error {
			a.Text([]byte(`51-["a"]`))
			a.Binary([]byte{1})
			_, err := a.Binary([]byte{2})
			return err
		},
	} {
		if err := feed(&Assembler{Limits: limits()}); !errors.Is(err, ErrUnexpected) {
			t.Errorf("%s: %v", name, err)
		}
	}
	a := &Assembler{Limits: limits()}
	a.Text([]byte(`52-["a"]`))
	a.Binary(make([]byte, 60))
	if _, err := a.Binary(make([]byte, 60)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("too large: %v", err)
	}
}

// What is decoded and written again must decode to the same.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{`0`, `0/x?a=b,{"t":1}`, `1/x,`, `2["a",1]`, `2/x,12["a"]`, `31[]`, `4{"message":""}`, `51-/x,3["a",{"_placeholder":true,"num":0}]`, `61-1[]`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := Decode(b, limits())
		if err != nil {
			return
		}
		again := append(AppendHead(nil, p), p.Data...)
		q, err := Decode(again, limits())
		if err != nil || !cmp.Equal(p, q) {
			t.Fatalf("%q became %q: %v\n%s", b, again, err, cmp.Diff(p, q))
		}
		checkElements(t, p.Data)
	})
}

// checkElements compares Elements with what encoding/json makes of the array.
func checkElements(t *testing.T, data []byte) {
	var want []json.RawMessage
	if data == nil || json.Unmarshal(data, &want) != nil || len(want) > MaxElements {
		return
	}
	got := Elements(nil, data)
	if len(got) != len(want) {
		t.Fatalf("%q: %d elements, want %d", data, len(got), len(want))
	}
	for i := range want {
		if !bytes.Equal(got[i], want[i]) {
			t.Fatalf("%q: element %d is %q, want %q", data, i, got[i], want[i])
		}
	}
}

// No order of messages may break the assembler's promises.
func FuzzAssembler(f *testing.F) {
	f.Add([]byte("T52-[\"a\"]\nBx\nByy\nT2[\"b\"]"))
	f.Add([]byte("B\nT51-[\"a\"]\nT51-[\"a\"]"))
	f.Fuzz(func(t *testing.T, script []byte) {
		a := Assembler{Limits: limits()}
		for line := range bytes.SplitSeq(script, []byte("\n")) {
			if len(line) == 0 {
				continue
			}
			take := a.Text
			if line[0] == 'B' {
				take = a.Binary
			}
			w, err := take(line[1:])
			if err != nil {
				return
			}
			if w != nil && (len(w.Binaries) != w.Attachments || w.Attachments > 4) {
				t.Fatalf("%d binaries of %d", len(w.Binaries), w.Attachments)
			}
		}
	})
}
