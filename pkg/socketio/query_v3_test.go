package socketio

import (
	"strings"
	"testing"

	"gateway/pkg/socketio/parser"
)

func TestConnectQuery(t *testing.T) {
	for packet, want := range map[string]string{
		"0":                       "",
		"0/x":                     "",
		"0/x,":                    "",
		"0/x?a=1,":                "a=1",
		"0/x?a=1":                 "a=1",
		"0/x?a=1&b=%C3%A9+z&a=2,": "a=1&a=2&b=%C3%A9+z",
		"0/?a=1,":                 "a=1",
		"0/x?,":                   "",
		`0/x,{"a":"?b=1"}`:        "",
		`0{"a":"b?c=1"}`:          "",
		`0/x?a=1,{"a":"b?c=1"}`:   "a=1",
		"0/x?a=%zz&b=1,":          "b=1",
		"0/x?a=1?b=2,":            "a=1%3Fb%3D2",
		"0/x?" + strings.Repeat("a", maxQuery) + ",": strings.Repeat("a", maxQuery) + "=",
	} {
		got, err := connectQuery([]byte(packet))
		if got.Encode() != want || err != nil {
			t.Errorf("%.50q: %.50q, %v", packet, got.Encode(), err)
		}
	}
	if _, err := connectQuery([]byte("0/x?" + strings.Repeat("a", maxQuery+1))); err != parser.ErrNamespace {
		t.Errorf("too long: %v", err)
	}
}

// A query is what stands between the name and the comma, and nothing else.
func FuzzConnectQuery(f *testing.F) {
	for _, s := range []string{"0", "0/x", "0/x?a=1,", "0/x?a=1&b=%20+,{}", `0{"a":"?b"}`, "0/?,"} {
		f.Add([]byte(s))
	}
	lim := parser.Limits{Namespace: 128, Attachments: 1, AttachmentBytes: 1}
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := parser.Decode(b, lim)
		if err != nil || p.Type != parser.Connect {
			return
		}
		q, err := connectQuery(b)
		head := b[:len(b)-len(p.Data)]
		if n := strings.Count(string(head), "?"); n == 0 && (len(q) > 0 || err != nil) {
			t.Fatalf("%q: %v, %v", b, q, err)
		}
		for k, vs := range q {
			for _, v := range vs {
				if len(k)+len(v) > len(head) {
					t.Fatalf("%q: %q=%q", b, k, v)
				}
			}
		}
	})
}
