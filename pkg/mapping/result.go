package mapping

import (
	"fmt"
	"unicode/utf8"
)

// encodeResult makes an event argument of what a transform yields.
func encodeResult(codec Codec, v any, b *budget) (Value, error) {
	switch x := v.(type) {
	case []byte:
		return bytesResult(codec, x)
	case nil:
	case string:
		if codec == Binary {
			return Value{Binary: []byte(x), IsBinary: true}, b.text(len(x))
		}
	default:
		if codec == Binary {
			return Value{}, fmt.Errorf("the result is %T, and payload is binary", v)
		}
	}
	raw, err := marshalResult(v, b)
	if err != nil {
		return Value{}, err
	}
	if _, isText := v.(string); codec == Text && !isText && v != nil {
		raw = quote(raw)
	}
	return Value{JSON: raw}, nil
}

func bytesResult(codec Codec, x []byte) (Value, error) {
	switch {
	case codec == JSON:
		return Value{}, ErrBinaryInJSON
	case codec == Text && !utf8.Valid(x):
		return Value{}, ErrNotUTF8
	case codec == Text:
		return Value{JSON: quote(x)}, nil
	}
	return Value{Binary: x, IsBinary: true}, nil
}

// marshalResult encodes a value of bounded size.
func marshalResult(v any, b *budget) ([]byte, error) {
	if err := b.tree(v); err != nil {
		return nil, err
	}
	return marshal(withTextKeys(v))
}

// withTextKeys gives the groups of groupBy keys that JSON has.
func withTextKeys(v any) any {
	switch x := v.(type) {
	case map[any][]any:
		out := make(map[string]any, len(x))
		for k, e := range x {
			out[fmt.Sprint(k)] = withTextKeys(e)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(x))
		for k, e := range x {
			out[k] = withTextKeys(e)
		}
		return out
	case []any:
		out := make([]any, len(x))
		for i, e := range x {
			out[i] = withTextKeys(e)
		}
		return out
	}
	return v
}

// payloadResult makes an MQTT payload of what a transform yields.
func payloadResult(codec Codec, v any, b *budget) ([]byte, error) {
	if x, ok := v.([]byte); ok {
		return decodeBinary(codec, x)
	}
	raw, err := marshalResult(v, b)
	if err != nil {
		return nil, err
	}
	return decodeJSON(codec, raw)
}
