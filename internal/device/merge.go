package device

import (
	"bytes"
	"encoding/json"
	"maps"
	"reflect"

	"gateway/internal/fault"
)

// Document is a JSON object: what a board is to be, or is. Numbers are [json.Number], so that none loses digits.
type Document map[string]any

// What a document may be: a board has some 20 KB of memory for everything.
const (
	maxDocument = 8 << 10 // bytes of JSON
	maxDepth    = 8
)

// parseDocument reads a JSON object; anything else is invalid. what names it in the sentence.
func parseDocument(what string, data []byte) (Document, error) {
	if len(data) > maxDocument {
		return nil, fault.New(fault.TooLarge, "%s has %d bytes: a board's document has %d at most", what, len(data), maxDocument)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var doc Document
	if err := d.Decode(&doc); err != nil || doc == nil || d.More() {
		return nil, fault.New(fault.Invalid, "%s is no JSON object", what)
	}
	if deeper(map[string]any(doc), maxDepth) {
		return nil, fault.New(fault.Invalid, "%s is nested deeper than %d levels", what, maxDepth)
	}
	return doc, nil
}

func deeper(v any, levels int) bool {
	switch v := v.(type) {
	case map[string]any:
		for _, x := range v {
			if levels == 0 || deeper(x, levels-1) {
				return true
			}
		}
	case []any:
		for _, x := range v {
			if levels == 0 || deeper(x, levels-1) {
				return true
			}
		}
	}
	return false
}

// text is d as JSON; nil is {}.
func (d Document) text() json.RawMessage {
	if d == nil {
		return json.RawMessage("{}")
	}
	data, err := json.Marshal(d)
	if err != nil { // documents come from JSON
		return json.RawMessage("{}")
	}
	return data
}

// merge returns target with patch merged into it, as RFC 7396 says: null deletes, objects are merged, all else replaces. Neither
// is changed.
func merge(target, patch Document) Document {
	out := make(Document, len(target)+len(patch))
	maps.Copy(out, target)
	for key, value := range patch {
		switch value := value.(type) {
		case nil:
			delete(out, key)
		case map[string]any:
			below, _ := out[key].(map[string]any) // nil, which is empty, where it was something else
			out[key] = map[string]any(merge(below, value))
		default:
			out[key] = value
		}
	}
	return out
}

// diff returns the patch that makes to of from.
func diff(from, to Document) Document {
	patch := delta(to, from)
	for key, was := range from {
		is, there := to[key]
		if !there {
			patch[key] = nil
			continue
		}
		below, wasObject := was.(map[string]any)
		inner, isObject := is.(map[string]any)
		if wasObject && isObject {
			if p := diff(below, inner); len(p) > 0 {
				patch[key] = map[string]any(p)
			}
		}
	}
	return patch
}

// delta returns what of desired is not, or otherwise, in reported; empty when all is as desired.
func delta(desired, reported Document) Document {
	out := Document{}
	for key, want := range desired {
		is, there := reported[key]
		wantObject, isWantObject := want.(map[string]any)
		isObject, isIsObject := is.(map[string]any)
		switch {
		case isWantObject && isIsObject:
			if below := delta(wantObject, isObject); len(below) > 0 {
				out[key] = map[string]any(below)
			}
		case !there || !same(want, is):
			out[key] = want
		}
	}
	return out
}

// same compares two JSON values; numbers by their value, as boards write 21.0 for 21.
func same(a, b any) bool {
	x, isX := a.(json.Number)
	y, isY := b.(json.Number)
	if isX && isY {
		return x == y || sameNumber(x, y)
	}
	s, isS := a.([]any)
	t, isT := b.([]any)
	if !isS || !isT {
		return reflect.DeepEqual(a, b)
	}
	if len(s) != len(t) {
		return false
	}
	for i := range s {
		if !same(s[i], t[i]) {
			return false
		}
	}
	return true
}

func sameNumber(x, y json.Number) bool {
	a, errA := x.Float64()
	b, errB := y.Float64()
	return errA == nil && errB == nil && a == b
}

// bounded refuses a document that has grown too large by being merged into.
func bounded(what string, d Document) error {
	if n := len(d.text()); n > maxDocument {
		return fault.New(fault.TooLarge, "%s would have %d bytes: a board's document has %d at most", what, n, maxDocument)
	}
	return nil
}
