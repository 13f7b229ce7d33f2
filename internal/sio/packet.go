package sio

import (
	"encoding/json"
	"strconv"
	"time"

	"gateway/internal/bridge"
	"gateway/internal/bus"
	"gateway/internal/fault"
	"gateway/pkg/mapping"
	"gateway/pkg/socketio"
)

// packetOf encodes an emission once for all who get it.
func packetOf(e *bridge.Emission, replayed bool) (*socketio.Packet, error) {
	body := newBody(e.Event, len(e.Value.JSON)+len(e.Message.Topic))
	body = appendValue(body, e.Value)
	if e.Meta {
		body = appendMeta(append(body, ','), e.Message, replayed)
	}
	return finish(e.Namespace, body, e.Value)
}

// rawPacket is [message, topic, payload, meta] for /mqtt.
func rawPacket(m *bus.Message, v mapping.Value, replayed bool) (*socketio.Packet, error) {
	body := newBody("message", len(v.JSON)+2*len(m.Topic))
	body = append(appendString(body, m.Topic), ',')
	body = appendValue(body, v)
	body = appendMeta(append(body, ','), m, replayed)
	return finish(rawNamespace, body, v)
}

// The bodies of packets are written by hand: everything in them is JSON already, and checked where it came in.

func newBody(event string, size int) []byte {
	const rest = 160 // meta and punctuation
	b := make([]byte, 0, len(event)+size+rest)
	return append(appendString(append(b, '['), event), ',')
}

func appendValue(b []byte, v mapping.Value) []byte {
	if v.IsBinary {
		return append(b, `{"_placeholder":true,"num":0}`...)
	}
	return append(b, v.JSON...)
}

func finish(namespace string, body []byte, v mapping.Value) (*socketio.Packet, error) {
	body = append(body, ']')
	if v.IsBinary {
		return socketio.PreparedPacket(namespace, body, v.Binary)
	}
	return socketio.PreparedPacket(namespace, body)
}

// argOf is a value as an argument that pkg/socketio encodes.
func argOf(v mapping.Value) any {
	if v.IsBinary {
		return v.Binary
	}
	return v.JSON
}

// appendMeta appends what goes with a payload: {topic, seq, at, qos, retained, replayed, age_ms?}. It holds nothing of one
// receiver, so that one encoding serves all. at is in milliseconds since 1970, age_ms only with replayed values.
func appendMeta(b []byte, m *bus.Message, replayed bool) []byte {
	b = append(b, `{"topic":`...)
	b = appendString(b, m.Topic)
	b = append(b, `,"seq":`...)
	b = strconv.AppendUint(b, m.Seq, 10)
	b = append(b, `,"at":`...)
	b = strconv.AppendInt(b, m.At.UnixMilli(), 10)
	b = append(b, `,"qos":`...)
	b = strconv.AppendUint(b, uint64(m.QoS), 10)
	b = append(b, `,"retained":`...)
	b = strconv.AppendBool(b, m.Retain)
	b = append(b, `,"replayed":`...)
	b = strconv.AppendBool(b, replayed)
	if replayed {
		b = append(b, `,"age_ms":`...)
		b = strconv.AppendInt(b, max(0, time.Since(m.At).Milliseconds()), 10)
	}
	return append(b, '}')
}

// appendString appends s as a JSON string; topics that need no escape, which is nearly all, are only quoted.
func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c == '"' || c == '\\' || c >= 0x7f {
			quoted, _ := json.Marshal(s) // a string always marshals
			return append(b, quoted...)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}

// argsOf are an event's arguments as pkg/mapping takes them.
func argsOf(e *socketio.Event) ([]mapping.Arg, error) {
	args := make([]mapping.Arg, len(e.Args))
	for i, a := range e.Args {
		if a.HasNested() {
			return nil, fault.New(fault.Invalid, "argument %d of %q has binary data inside it: send binary data as the whole argument", i+1, e.Name)
		}
		args[i] = mapping.Arg{JSON: a.JSON, Binary: a.Binary, IsBinary: a.Binary != nil}
	}
	return args, nil
}
