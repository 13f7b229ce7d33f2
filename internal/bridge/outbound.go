package bridge

import (
	"math"
	"slices"

	"gateway/internal/bus"
	"gateway/internal/trace"
	"gateway/pkg/mapping"
)

// outbound sends a message the way one rule says.
func (b *Bridge) outbound(d *bus.Delivery, r *route) {
	m := d.Message
	switch {
	case r.Drop != "":
		b.note(m, r, trace.Reserved)
		b.drop(r, string(r.Drop), m.Topic, "the rendered name is reserved")
	case r.To != "":
		b.forward(d, r)
	default:
		live := b.emitter.Live(r.Namespace)
		if live && m.Origin.Rule != r.Rule.Name() {
			d.Heard()
		}
		if !live && !r.limited {
			b.note(m, r, trace.Nobody)
			return
		}
		b.emit(m, d.Shard, r)
	}
}

func (b *Bridge) emit(m *bus.Message, shard int, r *route) {
	value, ok := b.encode(m, r)
	if !ok {
		return
	}
	e := Emission{
		Audience: &r.audience, Event: r.Event, Value: value, Message: m,
		Meta: r.meta, Except: exceptOf(m, r),
	}
	if r.limited {
		b.limited(shard, r, e)
		return
	}
	b.send(r, &e)
}

func (b *Bridge) send(r *route, e *Emission) {
	r.counters.out.Add(1)
	if e.Message.ResponseTopic == "" || !b.request(r, e) {
		b.emitter.Emit(e)
	}
	b.bus.Note(e.Message, trace.Mark{
		Kind: trace.Rule, Target: r.target, Receivers: uint32(e.Receivers), Slow: uint16(min(e.Lost, math.MaxUint16)),
	})
}

// encode runs a rule over a message. What the rule filters out is counted, but is no drop: the rule asked for it.
func (b *Bridge) encode(m *bus.Message, r *route) (mapping.Value, bool) {
	if !r.expressions {
		value, reason, err := r.Rule.Encode(inputOf(m, r))
		return value, b.passed(m, r, reason, err)
	}
	var value mapping.Value
	reason, err := b.timed(r, func() (reason mapping.Reason, err error) {
		value, reason, err = r.Rule.Encode(inputOf(m, r))
		return reason, err
	})
	return value, b.passed(m, r, reason, err)
}

func inputOf(m *bus.Message, r *route) mapping.Input {
	return mapping.Input{Topic: m.Topic, Payload: m.Payload, QoS: m.QoS, Retain: m.Retain, Route: &r.Route}
}

// passed counts what a rule did not let through, and tells whether it did.
func (b *Bridge) passed(m *bus.Message, r *route, reason mapping.Reason, err error) bool {
	switch {
	case reason == mapping.ReasonWhen:
		r.counters.filtered.Add(1)
		b.note(m, r, trace.When)
		return false
	case reason != "":
		b.note(m, r, failedBy(reason))
		r.counters.fail(err, b.now())
		b.drop(r, string(reason), m.Topic, errText(err))
		return false
	}
	return true
}

func failedBy(reason mapping.Reason) trace.Reason {
	switch reason {
	case reasonPaused:
		return trace.Paused
	case mapping.ReasonReservedEvent, mapping.ReasonReservedNamespace, mapping.ReasonReservedTopic, mapping.ReasonNamespaceTooLong,
		mapping.ReasonTopicTooLong:
		return trace.Reserved
	}
	return trace.Failed
}

// forward republishes a message on the topic that a topic -> topic rule names, unless it has been through that rule already.
func (b *Bridge) forward(d *bus.Delivery, r *route) {
	m := d.Message
	name := r.Rule.Name()
	switch {
	case slices.Contains(m.Rules, name):
		b.note(m, r, trace.Loop)
		b.drop(r, "loop", m.Topic, "the message has already passed this rule")
		return
	case m.Hops >= bus.MaxHops:
		b.note(m, r, trace.Hops)
		b.drop(r, "hops", m.Topic, "the message has passed too many rules")
		return
	}
	var payload []byte
	reason, err := b.timed(r, func() (reason mapping.Reason, err error) {
		payload, reason, err = r.Rule.Rewrite(inputOf(m, r))
		return reason, err
	})
	if !b.passed(m, r, reason, err) {
		return
	}
	next := *m
	next.Topic, next.Payload = r.To, payload
	next.Origin = bus.Origin{Adapter: bus.FromBridge, Conn: m.Origin.Conn, Rule: name}
	next.Rules = append(slices.Clone(m.Rules), name)
	next.Hops++
	r.counters.out.Add(1)
	b.note(m, r, trace.Sent)
	d.Derive(next)
}

// exceptOf names the socket that must not hear a message again: the one that sent it by this very rule.
func exceptOf(m *bus.Message, r *route) string {
	if m.Origin.Adapter == bus.FromSocketIO && m.Origin.Rule == r.Rule.Name() && !r.echo {
		return m.Origin.Conn
	}
	return ""
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
