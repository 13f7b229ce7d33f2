package parser

import (
	"bytes"
	"encoding/json"
)

// MaxElements bounds the arguments of one packet.
const MaxElements = 1024

// Elements appends the elements of a JSON array to dst, at most MaxElements + 1
// of them. data must be valid JSON, as Decode leaves it; the elements lie in its
// memory, without white space around them.
func Elements(dst [][]byte, data []byte) [][]byte {
	depth, start, quoted := 0, -1, false
	for i := 0; i < len(data); i++ {
		c := data[i]
		if quoted {
			switch c {
			case '\\':
				i++
			case '"':
				quoted = false
			}
			continue
		}
		switch c {
		case '"':
			quoted = true
		case '[', '{':
			depth++
			if depth == 1 {
				start = i + 1
			}
		case ']', '}':
			depth--
			if depth == 0 {
				return appendElement(dst, data[start:i])
			}
		case ',':
			if depth == 1 {
				dst = appendElement(dst, data[start:i])
				start = i + 1
				if len(dst) > MaxElements {
					return dst
				}
			}
		}
	}
	return dst
}

func appendElement(dst [][]byte, e []byte) [][]byte {
	if e = bytes.Trim(e, " \t\r\n"); len(e) > 0 {
		return append(dst, e)
	}
	return dst
}

// EventName returns the name at the head of an event's elements. Names at
// which clients cut their connection are refused.
func EventName(elements [][]byte) (string, error) {
	if len(elements) == 0 || elements[0][0] != '"' {
		return "", ErrEventName
	}
	name, err := unquote(elements[0])
	if err != nil || Reserved(name) {
		return "", ErrEventName
	}
	return name, nil
}

// unquote returns the value of a JSON string.
func unquote(b []byte) (string, error) {
	if bytes.IndexByte(b, '\\') < 0 {
		return string(b[1 : len(b)-1]), nil
	}
	var s string
	err := json.Unmarshal(b, &s)
	return s, err
}

// Reserved reports whether clients keep the event name for themselves: they
// take a packet with it for an error and disconnect.
func Reserved(event string) bool {
	switch event {
	case "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener":
		return true
	}
	return false
}

// placeholderKey marks an object that stands for an attachment.
var placeholderKey = []byte(`"_placeholder"`)

// HasPlaceholder reports whether a JSON value may hold placeholders.
func HasPlaceholder(v []byte) bool { return bytes.Contains(v, placeholderKey) }

// Placeholder returns the number of the attachment that a JSON value stands
// for. ok is false if the value is no placeholder.
func Placeholder(v []byte, attachments int) (num int, ok bool, err error) {
	if len(v) == 0 || v[0] != '{' || !HasPlaceholder(v) {
		return 0, false, nil
	}
	var p struct {
		Is  bool `json:"_placeholder"`
		Num *int `json:"num"`
	}
	if json.Unmarshal(v, &p) != nil || !p.Is {
		return 0, false, nil
	}
	if p.Num == nil || *p.Num < 0 || *p.Num >= attachments {
		return 0, true, ErrPlaceholder
	}
	return *p.Num, true, nil
}
