package parser

import (
	"encoding/json"
	"fmt"
	"testing"
)

func TestArgDecode(t *testing.T) {
	files := [][]byte{{1}, {2}}
	nested := Arg{JSON: json.RawMessage(`{"n":12345678901234567890,"f":[{"_placeholder":true,"num":1}]}`), attachments: files}
	var v any
	if err := nested.Decode(&v); err != nil || fmt.Sprint(v) != "map[f:[[2]] n:12345678901234567890]" {
		t.Errorf("%v, %v", v, err)
	}
	var s struct {
		N json.Number
		F [][]byte
	}
	if err := nested.Decode(&s); err != nil || s.F[0][0] != 2 || s.N != "12345678901234567890" {
		t.Errorf("%v, %v", s, err)
	}
	var b []byte
	if err := (Arg{Binary: files[0]}).Decode(&b); err != nil || b[0] != 1 {
		t.Errorf("%v, %v", b, err)
	}
	var str string
	for in, want := range map[string]string{`"plain"`: "plain", `"\u00e9\n"`: "é\n", `""`: ""} {
		if err := (Arg{JSON: json.RawMessage(in)}).Decode(&str); err != nil || str != want {
			t.Errorf("%s: %q, %v", in, str, err)
		}
	}
	if err := (Arg{JSON: json.RawMessage(`1`)}).Decode(&str); err == nil {
		t.Error("a number became a string")
	}
	bad := Arg{JSON: json.RawMessage(`[{"_placeholder":true,"num":2}]`), attachments: files}
	if err := bad.Decode(&v); err == nil {
		t.Error("placeholder of no attachment")
	}
}
