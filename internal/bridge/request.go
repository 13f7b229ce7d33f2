package bridge

import (
	"context"
	"time"

	"gateway/internal/access"
	"gateway/internal/bus"
	"gateway/internal/fault"
	"gateway/internal/trace"
	"gateway/pkg/mapping"
)

// maxOpen is how many requests of MQTT 5 clients may wait for sockets' answers at a time.
const maxOpen = 256

// Asker is an [Emitter] that can have an event acknowledged.
type Asker interface {
	// Ask queues e for its audience as an event with an acknowledgement, and must not block. answer is called once, from
	// another goroutine: with the first acknowledgement of any socket, or with nil when ctx ended before there was one.
	Ask(ctx context.Context, e *Emission, answer func(*Answer))
}

// Answer is what a socket acknowledged an event with.
type Answer struct {
	Principal *access.Principal // who answered
	Socket    string            // id
	Args      []mapping.Arg
}

// request brings a message that names a response topic to sockets as an event with an acknowledgement, whose argument goes
// back to that topic with the request's correlation data: MQTT 5's request and response. It reports false when it is to be
// an event like any other. What came from a socket has its own way to an answer.
//
// The answer is published by the socket's right. The one who asked must have it too: naming a response topic would else be
// a way to make others write where one may not.
func (b *Bridge) request(r *route, e *Emission) bool {
	m := e.Message
	asker, ok := b.emitter.(Asker)
	if !ok || m.Origin.Adapter == bus.FromSocketIO {
		return false
	}
	switch {
	case !access.Check(m.Principal, access.Write, m.ResponseTopic):
		b.drop(r, "response_denied", m.Topic, "the one who asks may not publish to its response topic")
		return false
	case b.open.Add(1) > maxOpen:
		b.open.Add(-1)
		b.drop(r, "too_many_requests", m.Topic, "too many requests wait for an answer")
		return false
	}
	ctx, cancel := context.WithTimeout(context.Background(), patienceOf(r.Rule, m))
	asker.Ask(ctx, e, func(a *Answer) {
		defer b.open.Add(-1)
		cancel()
		if a != nil {
			b.respond(r, m, a)
		}
	})
	return true
}

// patienceOf is how long an answer may take: as long as the rule says for calls the other way, and no longer than the
// request lives.
func patienceOf(rule *mapping.Compiled, m *bus.Message) time.Duration {
	d := rule.RPCTimeout()
	if d == 0 {
		d = mapping.DefaultRPCTimeout
	}
	if m.Expiry > 0 {
		d = min(d, time.Duration(m.Expiry)*time.Second)
	}
	return d
}

// respond publishes an answer.
func (b *Bridge) respond(r *route, m *bus.Message, a *Answer) {
	payload, err := mapping.Auto.Decode(a.Args)
	if err == nil {
		_, err = b.bus.Publish(bus.Message{
			Topic: m.ResponseTopic, Payload: payload, QoS: m.QoS, Command: true, Correlation: m.Correlation, Hops: m.Hops + 1,
			Origin:    bus.Origin{Adapter: bus.FromSocketIO, Conn: a.Socket, Rule: r.Rule.Name()},
			Principal: a.Principal,
		})
	}
	if err != nil {
		key := trace.Key{Where: "mapping", Reason: string(fault.CodeOf(asFault(err))), Rule: r.Rule.Name()}
		b.drops.Add(key, a.Principal.ID, err.Error())
	}
}
