package bus

import (
	"bytes"
	"strings"

	"gateway/internal/access"
	"gateway/internal/trace"
	"gateway/pkg/mapping"
)

// View is a recorded message as people and pages see it.
func (m *Recorded) View() trace.Message {
	cut := len(m.Payload) < int(m.Size)
	v := trace.Message{
		Seq: m.Seq, At: m.At, Topic: m.Topic, Size: int(m.Size), Truncated: cut, QoS: m.QoS, Retain: m.Retain,
		Command: m.Command, Hops: int(m.Hops),
		Origin: trace.Origin{Adapter: string(m.Origin.Adapter), Conn: m.Origin.Conn, Rule: m.Origin.Rule},
	}
	v.Payload, v.Encoding = trace.Text(m.Payload, cut)
	if m.Principal != nil {
		v.Principal = &trace.Principal{Kind: string(m.Principal.Kind), ID: m.Principal.ID}
	}
	return v
}

// Matches reports whether the MQTT filter matches the topic, and topic or payload contain the text, which is in lower case.
func (m *Recorded) Matches(filter, text string) bool {
	if !mapping.MatchFilter(filter, m.Topic) {
		return false
	}
	return text == "" || strings.Contains(strings.ToLower(m.Topic), text) || bytes.Contains(bytes.ToLower(m.Payload), []byte(text))
}

// ReadableBy reports whether p may read the message. Where the topic was cut nobody knows what patterns would say of it: then
// only those who may read everything.
func (m *Recorded) ReadableBy(p *access.Principal) bool {
	if m.cut {
		return access.Coverage(p, "#") == mapping.Full
	}
	return access.Check(p, access.Read, m.Topic)
}
