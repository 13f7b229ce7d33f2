package parser

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
)

// Arg is one argument of an event or of an acknowledgement.
type Arg struct {
	JSON   json.RawMessage // the argument as it came; nil when it is binary
	Binary []byte          // not nil (but maybe empty) when the argument itself is binary

	attachments [][]byte // of the whole packet, when some lie inside JSON
}

// HasNested reports whether binaries lie inside the argument. In JSON they are
// {"_placeholder":true,"num":n}; [Arg.Decode] puts them in their places.
func (a Arg) HasNested() bool { return len(a.attachments) > 0 }

// Decode stores the argument in the value v points to, as json.Unmarshal does.
// Binaries fit in []byte, and are []byte inside an any.
func (a Arg) Decode(v any) error {
	if a.Binary != nil {
		return decodeBinary(a.Binary, v)
	}
	if s, ok := v.(*string); ok && plainString(a.JSON) {
		*s = string(a.JSON[1 : len(a.JSON)-1])
		return nil
	}
	if !a.HasNested() {
		return json.Unmarshal(a.JSON, v)
	}
	tree, err := a.tree()
	if err != nil {
		return err
	}
	if p, ok := v.(*any); ok {
		*p = tree
		return nil
	}
	// encoding/json has one form for []byte, base64, in both directions.
	b, err := json.Marshal(tree)
	if err != nil {
		return fmt.Errorf("parser: decode argument: %w", err)
	}
	return json.Unmarshal(b, v)
}

// plainString reports whether valid JSON is a string without escapes.
func plainString(b []byte) bool {
	return len(b) > 1 && b[0] == '"' && bytes.IndexByte(b, '\\') < 0
}

func decodeBinary(b []byte, v any) error {
	switch p := v.(type) {
	case *[]byte:
		*p = b
		return nil
	case *any:
		*p = b
		return nil
	}
	quoted := append(base64.StdEncoding.AppendEncode([]byte{'"'}, b), '"')
	return json.Unmarshal(quoted, v)
}

// tree decodes the argument with binaries as []byte and numbers as they came.
func (a Arg) tree() (any, error) {
	d := json.NewDecoder(bytes.NewReader(a.JSON))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, fmt.Errorf("parser: decode argument: %w", err)
	}
	return a.resolve(v)
}

// resolve replaces placeholders by what they stand for.
func (a Arg) resolve(v any) (any, error) {
	var err error
	switch v := v.(type) {
	case []any:
		for i := range v {
			if v[i], err = a.resolve(v[i]); err != nil {
				return nil, err
			}
		}
	case map[string]any:
		if is, _ := v["_placeholder"].(bool); is {
			return a.attachment(v["num"])
		}
		for k := range v {
			if v[k], err = a.resolve(v[k]); err != nil {
				return nil, err
			}
		}
	}
	return v, nil
}

func (a Arg) attachment(num any) (any, error) {
	n, ok := num.(json.Number)
	i, err := n.Int64()
	if !ok || err != nil || i < 0 || i >= int64(len(a.attachments)) {
		return nil, ErrPlaceholder
	}
	return a.attachments[i], nil
}

// Args makes arguments of elements (see [Elements]) and the packet's attachments.
func Args(elements, attachments [][]byte) ([]Arg, error) {
	args := make([]Arg, len(elements))
	for i, e := range elements {
		if len(attachments) > 0 {
			num, is, err := Placeholder(e, len(attachments))
			if err != nil {
				return nil, err
			}
			if is {
				args[i].Binary = attachments[num]
				continue
			}
			if HasPlaceholder(e) {
				args[i].attachments = attachments
			}
		}
		args[i].JSON = e
	}
	return args, nil
}
