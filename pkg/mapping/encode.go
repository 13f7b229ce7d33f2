package mapping

import (
	"context"
	"fmt"
)

// Encode makes the event argument of a message for an outbound rule: when, then transform, then the codec. An empty
// reason means send it; ReasonWhen that it is filtered; any other comes with an error and drops this message only.
// Without a transform JSON passes as the very bytes of in.Payload, neither copied nor decoded. An empty retained
// payload, which deletes a value, is always null and passes when and transform by.
func (c *Compiled) Encode(in Input) (Value, Reason, error) {
	if c.plain() || in.deletes() {
		v, err := encodeBytes(c.spec.Payload, in.Payload, in.Retain)
		if err != nil {
			return Value{}, ReasonPayload, c.wrap("payload", err)
		}
		return v, "", nil
	}
	budget := newBudget()
	result, reason, err := c.evaluate(in, budget)
	switch {
	case reason != "":
		return Value{}, reason, err
	case !c.transforms():
		v, err := encodeBytes(c.spec.Payload, in.Payload, in.Retain)
		if err != nil {
			return Value{}, ReasonPayload, c.wrap("payload", err)
		}
		return v, "", nil
	}
	v, err := encodeResult(c.spec.Payload, result, budget)
	if err != nil {
		return Value{}, ReasonTransformError, c.wrap("transform", err)
	}
	return v, "", nil
}

// Rewrite makes the MQTT payload of the new message for a topic -> topic rule, with reasons as for Encode. Without a
// transform, or when it is empty and retained, it is in.Payload itself.
func (c *Compiled) Rewrite(in Input) ([]byte, Reason, error) {
	if c.plain() || in.deletes() {
		return in.Payload, "", nil
	}
	budget := newBudget()
	result, reason, err := c.evaluate(in, budget)
	switch {
	case reason != "":
		return nil, reason, err
	case !c.transforms():
		return in.Payload, "", nil
	}
	p, err := payloadResult(c.spec.Payload, result, budget)
	if err != nil {
		return nil, ReasonTransformError, c.wrap("transform", err)
	}
	return p, "", nil
}

// RPCMatch reports whether a message on the reply topic is the answer: what the rule's match says, true without one.
func (c *Compiled) RPCMatch(in Input) (bool, error) {
	if c.exprs.match == nil {
		return true, nil
	}
	var b bindings
	if !c.reply.bind(in.topic(), &b) {
		return false, nil
	}
	yes, err := c.message(in, &b).evalBool(c.exprs.match, newBudget())
	if err != nil {
		return false, c.wrap("rpc.match", err)
	}
	return yes, nil
}

// plain reports whether messages pass without an expression.
func (c *Compiled) plain() bool { return c.exprs.when == nil && !c.transforms() }

// transforms reports whether the payload of outgoing messages is made by an expression.
func (c *Compiled) transforms() bool { return c.exprs.transform != nil || c.exprs.jq != nil }

// evaluate runs when and the transform.
func (c *Compiled) evaluate(in Input, budget *budget) (any, Reason, error) {
	var b bindings
	c.topic.bind(in.topic(), &b)
	m := c.message(in, &b)
	if c.exprs.when != nil {
		yes, err := m.evalBool(c.exprs.when, budget)
		if err != nil {
			return nil, ReasonWhenError, c.wrap("when", err)
		}
		if !yes {
			return nil, ReasonWhen, nil
		}
	}
	var v any
	var err error
	switch {
	case c.exprs.transform != nil:
		v, err = m.eval(c.exprs.transform, budget)
	case c.exprs.jq != nil:
		var ok bool
		if v, ok, err = m.evalJQ(in.Context, c.exprs.jq); err == nil && !ok {
			return nil, ReasonWhen, nil
		}
	}
	if err != nil {
		return nil, ReasonTransformError, c.wrap("transform", err)
	}
	return v, "", nil
}

// evalJQ runs a jq program; ok is false when it has no result.
func (m *message) evalJQ(ctx context.Context, p *jqProgram) (v any, ok bool, err error) {
	payload, err := m.decode()
	if err != nil {
		return nil, false, err
	}
	reads := make(map[string]bool, len(p.vars))
	for _, name := range p.vars {
		reads[name] = true
	}
	env, err := m.env(reads)
	if err != nil {
		return nil, false, err
	}
	return p.run(ctx, payload, env)
}

func (c *Compiled) message(in Input, b *bindings) *message {
	m := &message{c: c, topic: in.topic(), qos: in.QoS, retain: in.Retain, values: b}
	if c.clientOut {
		m.client = b[c.clientSlot]
	}
	m.raw = func() (any, error) { return decodePayload(c.spec.Payload, in.Payload) }
	return m
}

func (c *Compiled) wrap(field string, err error) error {
	return fmt.Errorf("mapping %q: %s: %w", c.spec.Name, field, err)
}

// decode makes the payload of an inbound event's arguments; the error is an *InboundError.
func (c *Compiled) decode(b *bindings, topic string, client Client, args []Arg) ([]byte, error) {
	payload, err := c.decodeOrTransform(b, topic, client, args)
	if err != nil {
		return nil, invalid("mapping %q: %v", c.spec.Name, err)
	}
	return payload, nil
}

func (c *Compiled) decodeOrTransform(b *bindings, topic string, client Client, args []Arg) ([]byte, error) {
	if c.exprs.transformIn == nil || len(args) == 0 {
		return decodeArgs(c.spec.Payload, args)
	}
	m := &message{c: c, topic: topic, qos: c.spec.QoS, retain: c.spec.Retain, values: b, client: client.ID}
	m.raw = func() (any, error) { return decodeArg(args) }
	budget := newBudget()
	v, err := m.eval(c.exprs.transformIn, budget)
	if err != nil {
		return nil, fmt.Errorf("transform_in: %w", err)
	}
	return payloadResult(c.spec.Payload, v, budget)
}
