package mapping

import (
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// message is what the expressions of a rule read. The payload is decoded when the first of them asks for it.
type message struct {
	c      *Compiled
	topic  string
	qos    byte
	retain bool
	values *bindings
	client string

	raw     func() (any, error) // decodes the payload
	payload any
	decoded bool
}

// env makes the variables that reads names.
func (m *message) env(reads map[string]bool) (map[string]any, error) {
	env := map[string]any{varTopic: m.topic, varQoS: int(m.qos), varRetain: m.retain}
	if reads[varPayload] {
		p, err := m.decode()
		if err != nil {
			return nil, err
		}
		env[varPayload] = p
	}
	if reads[varClient] {
		env[varClient] = map[string]any{"id": m.client}
	}
	for slot, name := range m.c.sl.names {
		if reads[name] {
			env[name] = m.values[slot]
		}
	}
	return env, nil
}

func (m *message) decode() (any, error) {
	if !m.decoded {
		p, err := m.raw()
		if err != nil {
			return nil, err
		}
		m.payload, m.decoded = p, true
	}
	return m.payload, nil
}

// eval runs one expression.
func (m *message) eval(p *program, b *budget) (any, error) {
	env, err := m.env(p.reads)
	if err != nil {
		return nil, err
	}
	return p.run(env, b)
}

// evalBool runs an expression that must yield true or false.
func (m *message) evalBool(p *program, b *budget) (bool, error) {
	v, err := m.eval(p, b)
	if err != nil {
		return false, err
	}
	yes, ok := v.(bool)
	if !ok {
		return false, fmt.Errorf("yields %T, not true or false", v)
	}
	return yes, nil
}

// decodePayload is the payload as expressions see it: nil for empty, a JSON value, text, or bytes.
func decodePayload(codec Codec, payload []byte) (any, error) {
	if len(payload) > MaxExprPayload {
		return nil, fmt.Errorf("%w, not %d", ErrPayloadTooLarge, len(payload))
	}
	text := utf8.Valid(payload)
	switch {
	case codec == Binary:
		return payload, nil
	case codec == Text && !text:
		return nil, ErrNotUTF8
	case codec == Text:
		return string(payload), nil
	case len(payload) == 0:
		return nil, nil
	}
	var v any
	err := ErrNotJSON
	if text {
		if err = readJSON(payload, &v); err == nil {
			return v, nil
		}
	}
	switch {
	case codec == JSON:
		return nil, err
	case text:
		return string(payload), nil
	}
	return payload, nil
}

// readJSON returns ErrNotJSON, or ErrNumber for JSON with a number that no float64 can be: 1e400.
func readJSON(data []byte, v *any) error {
	err := json.Unmarshal(data, v)
	if wrongType := (*json.UnmarshalTypeError)(nil); errors.As(err, &wrongType) {
		return ErrNumber
	}
	if err != nil {
		return ErrNotJSON
	}
	return nil
}

// decodeArg is the one argument of an event as expressions see it.
func decodeArg(args []Arg) (any, error) {
	switch {
	case len(args) == 0:
		return nil, nil
	case len(args) > 1:
		return nil, fmt.Errorf("%w, not %d", ErrArguments, len(args))
	case len(args[0].JSON) > MaxExprPayload || len(args[0].Binary) > MaxExprPayload:
		return nil, ErrPayloadTooLarge
	case args[0].IsBinary:
		return args[0].Binary, nil
	}
	var v any
	if !utf8.Valid(args[0].JSON) {
		return nil, ErrNotJSON
	}
	err := readJSON(args[0].JSON, &v)
	return v, err
}
