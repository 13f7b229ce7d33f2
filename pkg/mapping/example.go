package mapping

import (
	"encoding/json"
	"errors"
	"strings"
)

// Example is an event and what an inbound rule would publish of it, or why it would not.
type Example struct {
	Namespace string          `json:"namespace"`
	Event     string          `json:"event"`
	Argument  json.RawMessage `json:"argument,omitempty"` // absent for an event without one
	Topic     string          `json:"topic,omitempty"`
	Payload   []byte          `json:"payload,omitempty"`
	QoS       byte            `json:"qos"`
	Retain    bool            `json:"retain"`
	Reply     string          `json:"reply,omitempty"` // rpc: the topic the answer comes on
	Text      string          `json:"text,omitempty"`  // why nothing would be published
}

// EventOf names the namespace and the event that stand for a topic, whichever way the rule goes, and the client that {client.id}
// makes of it; ok is false for a topic that the rule has nothing to do with, and for topic -> topic rules.
func (c *Compiled) EventOf(topic string) (namespace, event string, client Client, ok bool) {
	var b bindings
	if c.to != nil || ValidTopic(topic) != nil || !c.topic.bind(topic, &b) {
		return "", "", Client{}, false
	}
	if c.clientSlot >= 0 && c.topic.uses(c.clientSlot) {
		client.ID = b[c.clientSlot]
	}
	r := c.route(topic, &b)
	return r.Namespace, r.Event, client, r.Drop == ""
}

// ExampleTopic is a topic that the rule has to do with, each capture standing for itself: home/{room}/temp makes home/room/temp.
func (c *Compiled) ExampleTopic() string {
	levels := make([]string, len(c.topic.levels))
	for i, l := range c.topic.levels {
		switch {
		case l.slot >= 0:
			levels[i] = strings.ReplaceAll(l.text, ".", "-")
		case l.text == "+" || l.text == "#":
			levels[i] = "x"
		default:
			levels[i] = l.text
		}
	}
	return strings.Join(levels, "/")
}

// Publish says what the rule would publish of an event with one argument, JSON, or with none when argument is nil. An event
// that the rule does not take has a Text too.
func (c *Compiled) Publish(namespace, event string, client Client, argument json.RawMessage) Example {
	e := Example{Namespace: namespace, Event: event, Argument: argument}
	if !c.Inbound() {
		e.Text = "the mapping takes no events"
		return e
	}
	var args []Arg
	if argument != nil {
		args = []Arg{{JSON: argument}}
	}
	if reservedNamespace(namespace) || len(namespace) > MaxNamespace || reservedEvent(event) {
		e.Text = "the gateway keeps this namespace or event for itself"
		return e
	}
	p, ok, err := c.publication(namespace, event, client, args)
	var refused *InboundError
	switch {
	case errors.As(err, &refused):
		e.Text = refused.Message
	case !ok:
		e.Text = "the mapping does not take this event"
	default:
		e.Topic, e.Payload, e.QoS, e.Retain, e.Reply = p.Topic, p.Payload, p.QoS, p.Retain, p.ReplyTopic
	}
	return e
}
