package bus

import "gateway/internal/trace"

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
