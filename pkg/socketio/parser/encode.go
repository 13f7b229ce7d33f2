package parser

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"unicode/utf8"
)

// Payload is the array of an event or an acknowledgement, encoded.
type Payload struct {
	Body        []byte   // JSON in UTF-8
	Attachments [][]byte // that Body has placeholders of
}

// Encode encodes [name, args...], or [args...] if name is "", as follows:
//
//   - json.RawMessage is taken as it is, if it is valid JSON in UTF-8;
//   - []byte becomes an attachment, also inside []any and map[string]any;
//   - [Arg] stays as it came;
//   - everything else is what encoding/json makes of it.
func Encode(name string, args ...any) (Payload, error) {
	e := encoder{buf: make([]byte, 0, 256)}
	if err := e.array(name, args); err != nil {
		return Payload{}, err
	}
	return Payload{e.buf, e.attachments}, nil
}

// AppendHead appends the head of a packet with the payload. The type becomes
// its binary form where there are attachments.
func (p Payload) AppendHead(b []byte, head Packet) []byte {
	head.Attachments = len(p.Attachments)
	if head.Attachments > 0 {
		switch head.Type {
		case Event:
			head.Type = BinaryEvent
		case Ack:
			head.Type = BinaryAck
		}
	}
	return AppendHead(b, head)
}

// ErrInvalidJSON is returned for raw arguments that are not JSON in UTF-8.
var ErrInvalidJSON = errors.New("argument is not valid JSON in UTF-8")

var errTooDeep = errors.New("value is nested too deeply, or in itself")

// encoder writes the payload of one packet and gathers its attachments.
type encoder struct {
	buf         []byte
	attachments [][]byte
	depth       int
}

// maxDepth bounds the nesting of []any and map[string]any; a cycle reaches it.
const maxDepth = 500

// array writes [name, args...]; no name if it is "".
func (e *encoder) array(name string, args []any) error {
	e.buf = append(e.buf, '[')
	if name != "" {
		e.string(name)
	}
	for i, a := range args {
		if i > 0 || name != "" {
			e.buf = append(e.buf, ',')
		}
		if err := e.value(a); err != nil {
			return fmt.Errorf("argument %d: %w", i, err)
		}
	}
	e.buf = append(e.buf, ']')
	return nil
}

// value writes one argument.
func (e *encoder) value(v any) error {
	switch v := v.(type) {
	case nil:
		e.buf = append(e.buf, "null"...)
	case json.RawMessage:
		return e.raw(v)
	case []byte:
		e.binary(v)
	case string:
		e.string(v)
	case bool:
		e.buf = strconv.AppendBool(e.buf, v)
	case int:
		e.buf = strconv.AppendInt(e.buf, int64(v), 10)
	case int64:
		e.buf = strconv.AppendInt(e.buf, v, 10)
	case uint64:
		e.buf = strconv.AppendUint(e.buf, v, 10)
	case []any, map[string]any:
		return e.nested(v)
	case Arg:
		return e.arg(v)
	default:
		return e.marshal(v)
	}
	return nil
}

// nested writes what may hold binaries.
func (e *encoder) nested(v any) error {
	if e.depth++; e.depth > maxDepth {
		return errTooDeep
	}
	defer func() { e.depth-- }()
	switch v := v.(type) {
	case []any:
		if v == nil {
			return e.raw(nil)
		}
		return e.array("", v)
	case map[string]any:
		return e.object(v)
	}
	return nil
}

// raw writes what is JSON already; nil is null.
func (e *encoder) raw(v json.RawMessage) error {
	if v == nil {
		e.buf = append(e.buf, "null"...)
		return nil
	}
	if !json.Valid(v) || !utf8.Valid(v) {
		return ErrInvalidJSON
	}
	e.buf = append(e.buf, v...)
	return nil
}

// binary writes a placeholder, and keeps the bytes to send them after the text.
func (e *encoder) binary(v []byte) {
	e.buf = append(e.buf, `{"_placeholder":true,"num":`...)
	e.buf = append(strconv.AppendInt(e.buf, int64(len(e.attachments)), 10), '}')
	e.attachments = append(e.attachments, v)
}

// string writes a JSON string. Few strings need more than quotes.
func (e *encoder) string(s string) {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			e.escaped(s)
			return
		}
	}
	e.buf = append(e.buf, '"')
	e.buf = append(e.buf, s...)
	e.buf = append(e.buf, '"')
}

// hexDigits is what \u00xx is written with.
const hexDigits = "0123456789abcdef"

// escaped writes a JSON string with what must be escaped; invalid UTF-8
// becomes U+FFFD.
func (e *encoder) escaped(s string) {
	b := append(e.buf, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r == '\n':
			b = append(b, '\\', 'n')
		case r < ' ':
			b = append(b, '\\', 'u', '0', '0', hexDigits[r>>4], hexDigits[r&15])
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	e.buf = append(b, '"')
}

// object writes a map that may hold binaries; its keys are sorted, as by encoding/json.
func (e *encoder) object(m map[string]any) error {
	if m == nil {
		return e.raw(nil)
	}
	e.buf = append(e.buf, '{')
	for i, k := range slices.Sorted(maps.Keys(m)) {
		if i > 0 {
			e.buf = append(e.buf, ',')
		}
		e.string(k)
		e.buf = append(e.buf, ':')
		if err := e.value(m[k]); err != nil {
			return fmt.Errorf("%q: %w", k, err)
		}
	}
	e.buf = append(e.buf, '}')
	return nil
}

// arg writes what a client sent.
func (e *encoder) arg(a Arg) error {
	switch {
	case a.Binary != nil:
		e.binary(a.Binary)
		return nil
	case a.HasNested():
		tree, err := a.tree()
		if err != nil {
			return err
		}
		return e.value(tree)
	}
	return e.raw(a.JSON)
}

// marshal writes any other value by encoding/json.
func (e *encoder) marshal(v any) error {
	w := bytes.NewBuffer(e.buf)
	j := json.NewEncoder(w)
	j.SetEscapeHTML(false)
	if err := j.Encode(v); err != nil {
		return err
	}
	e.buf = bytes.TrimSuffix(w.Bytes(), []byte{'\n'})
	return nil
}
