package mapping

import (
	"fmt"
	"strings"
)

// Client is the principal an inbound event comes from.
type Client struct {
	ID string // token, user or device id, for {client.id}; not MQTT's client id
}

// Publication is what one rule makes of an inbound event.
type Publication struct {
	Rule       *Compiled
	Topic      string
	Payload    []byte
	QoS        byte
	Retain     bool
	ReplyTopic string // rpc: the topic the answer comes on
}

// InboundError says why an event was refused. Code is one of the ack codes: "invalid" or "denied".
type InboundError struct {
	Code    string
	Message string
}

// Error is the message.
func (e *InboundError) Error() string { return e.Message }

func invalid(format string, args ...any) error {
	return &InboundError{Code: "invalid", Message: fmt.Sprintf(format, args...)}
}

func denied(format string, args ...any) error {
	return &InboundError{Code: "denied", Message: fmt.Sprintf(format, args...)}
}

// Inbound makes the publications of every inbound rule that takes the event, in rule order: none if no rule does.
// args are the event's arguments without the ack. The error, an *InboundError, is that of the first rule that refuses
// the event; the publications of the others stand beside it.
func (t *Table) Inbound(namespace, event string, client Client, args []Arg) ([]Publication, error) {
	if reservedNamespace(namespace) || len(namespace) > MaxNamespace || reservedEvent(event) {
		return nil, nil
	}
	var out []Publication
	var first error
	for _, id := range t.inboundRules(namespace, event) {
		p, ok, err := t.rules[id].publication(namespace, event, client, args)
		if err != nil && first == nil {
			first = err
		}
		if ok {
			out = append(out, p)
		}
	}
	if len(out) == 0 && first == nil && t.splitsValue(namespace, event) {
		return nil, invalid("event %q: a value has a /", event)
	}
	return out, first
}

// splitsValue reports whether a rule would take the event if a captured value could hold a slash.
func (t *Table) splitsValue(namespace, event string) bool {
	return strings.Contains(event, "/") && len(t.inboundRules(namespace, strings.ReplaceAll(event, "/", "\x01"))) > 0
}

// publication runs one rule backwards; ok is false when its captures do not fit the event after all.
func (c *Compiled) publication(namespace, event string, client Client, args []Arg) (p Publication, ok bool, err error) {
	var b bindings
	var set uint32
	if !c.namespace.match(namespace, &b, &set) || !c.event.match(event, &b, &set) {
		return p, false, nil
	}
	if err := c.bindClient(&b, set, client); err != nil {
		return p, false, err
	}
	if err := c.checkInbound(&b); err != nil {
		return p, false, err
	}
	p = Publication{Rule: c, Topic: c.topic.render(&b), QoS: c.spec.QoS, Retain: c.spec.Retain}
	if c.reply != nil {
		p.ReplyTopic = c.reply.render(&b)
	}
	if err := c.checkTarget(p); err != nil {
		return p, false, err
	}
	p.Payload, err = c.decode(&b, p.Topic, client, args)
	if len(args) == 0 {
		p.Retain = false
	}
	return p, err == nil, err
}

// bindClient fills in {client.id}, which nobody can claim for another.
func (c *Compiled) bindClient(b *bindings, set uint32, client Client) error {
	slot := c.clientSlot
	switch {
	case slot < 0:
		return nil
	case client.ID == "":
		return denied("mapping %q needs to know who you are", c.spec.Name)
	case set&(1<<slot) != 0 && b[slot] != client.ID:
		return denied("mapping %q: %q is not you", c.spec.Name, b[slot])
	}
	b[slot] = client.ID
	return nil
}

// checkInbound refuses values that would change the shape of the topic.
func (c *Compiled) checkInbound(b *bindings) error {
	for slot, name := range c.sl.names {
		if r, bad := badValue(b[slot], c.sl.rest[slot]); bad {
			return invalid("{%s}: %q cannot hold %q", name, b[slot], r)
		}
	}
	return nil
}

func (c *Compiled) checkTarget(p Publication) error {
	if strings.HasPrefix(p.Topic, "$") {
		return invalid("topic %q: topics that begin with $ are the broker's own", p.Topic)
	}
	if err := ValidTopic(p.Topic); err != nil {
		return invalid("%v", err)
	}
	if c.reply != nil {
		if err := ValidTopic(p.ReplyTopic); err != nil {
			return invalid("reply: %v", err)
		}
	}
	return nil
}
