package mapping

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// Input is one MQTT message for a rule.
type Input struct {
	Context context.Context // ends a jq program early; may be nil
	Topic   string          // may be empty when Route is given
	Payload []byte
	QoS     byte
	Retain  bool
	Route   *Route // the route the message takes; may be nil when Topic is given
}

func (in *Input) topic() string {
	if in.Topic == "" && in.Route != nil {
		return in.Route.Topic
	}
	return in.Topic
}

// deletes reports whether the message deletes the retained and the last value of its topic.
func (in *Input) deletes() bool { return in.Retain && len(in.Payload) == 0 }

// Value is the one argument of an event: JSON text or bytes. In JSON of its own, bytes are base64.
type Value struct {
	JSON     json.RawMessage `json:"json,omitempty"`
	Binary   []byte          `json:"binary,omitempty"`
	IsBinary bool            `json:"is_binary,omitempty"`
}

// Faults of a payload or argument.
var (
	ErrNotJSON      = errors.New("the payload is not JSON")
	ErrNumber       = errors.New("the payload has a number that is too large for expressions")
	ErrNotUTF8      = errors.New("the payload is not UTF-8 text")
	ErrNotText      = errors.New("the argument is not text")
	ErrNotBytes     = errors.New("the argument is not bytes and not a string")
	ErrBinaryInJSON = errors.New("the argument is binary, and the mapping's payload is json")
	ErrArguments    = errors.New("an event takes one argument")
)

// encodeBytes makes an event argument of a payload. JSON passes as the very bytes of payload.
func encodeBytes(codec Codec, payload []byte, retain bool) (Value, error) {
	if len(payload) == 0 && (retain || codec == Auto || codec == JSON) {
		return Value{JSON: json.RawMessage("null")}, nil
	}
	switch codec {
	case Binary:
		return Value{Binary: payload, IsBinary: true}, nil
	case Text:
		if !utf8.Valid(payload) {
			return Value{}, ErrNotUTF8
		}
		return Value{JSON: quote(payload)}, nil
	}
	text := utf8.Valid(payload)
	switch {
	case text && json.Valid(payload):
		return Value{JSON: payload}, nil
	case codec == JSON:
		return Value{}, ErrNotJSON
	case text:
		return Value{JSON: quote(payload)}, nil
	}
	return Value{Binary: payload, IsBinary: true}, nil
}

// quote is text as a JSON string. The text is valid UTF-8.
func quote(text []byte) json.RawMessage {
	if plainText(text) {
		b := make([]byte, 0, len(text)+2)
		b = append(b, '"')
		b = append(b, text...)
		return append(b, '"')
	}
	b, err := marshal(string(text))
	if err != nil {
		return json.RawMessage(`""`) // a string always marshals
	}
	return b
}

// plainText reports whether text is a JSON string as it stands: ASCII without quotes, backslashes and control characters.
func plainText(text []byte) bool {
	for _, c := range text {
		if c < 0x20 || c >= 0x7f || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// marshal is json.Marshal without the escapes meant for HTML.
func marshal(v any) (json.RawMessage, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
}

// Arg is one argument of an inbound event: JSON text or bytes.
type Arg struct {
	JSON     json.RawMessage
	Binary   []byte
	IsBinary bool
}

// decodeArgs makes a payload of an event's arguments. The payload is the caller's own only if the argument was.
func decodeArgs(codec Codec, args []Arg) ([]byte, error) {
	switch {
	case len(args) == 0:
		return nil, nil
	case len(args) > 1:
		return nil, fmt.Errorf("%w, not %d", ErrArguments, len(args))
	case args[0].IsBinary:
		return decodeBinary(codec, args[0].Binary)
	}
	return decodeJSON(codec, args[0].JSON)
}

func decodeBinary(codec Codec, b []byte) ([]byte, error) {
	switch {
	case codec == JSON:
		return nil, ErrBinaryInJSON
	case codec == Text && !utf8.Valid(b):
		return nil, ErrNotText
	}
	return b, nil
}

// jsonSpace is the white space JSON knows, less than what Go does.
const jsonSpace = " \t\r\n"

func decodeJSON(codec Codec, raw []byte) ([]byte, error) {
	if n := len(raw); codec != JSON && n >= 2 && raw[0] == '"' && raw[n-1] == '"' && plainText(raw[1:n-1]) {
		return bytes.Clone(raw[1 : n-1]), nil // most strings stand as they are
	}
	raw = bytes.Trim(raw, jsonSpace)
	if !json.Valid(raw) || !utf8.Valid(raw) {
		return nil, ErrNotJSON
	}
	switch {
	case codec == JSON:
		return compact(raw)
	case raw[0] == '"':
		var s string
		if err := json.Unmarshal(raw, &s); err != nil {
			return nil, fmt.Errorf("decode: %w", err)
		}
		return []byte(s), nil
	case string(raw) == "null":
		return nil, nil
	case codec == Binary:
		return nil, ErrNotBytes
	}
	return compact(raw)
}

// compact is JSON without the white space between its tokens.
func compact(raw []byte) ([]byte, error) {
	var buf bytes.Buffer
	if err := json.Compact(&buf, raw); err != nil {
		return nil, fmt.Errorf("decode: %w", err)
	}
	return buf.Bytes(), nil
}
