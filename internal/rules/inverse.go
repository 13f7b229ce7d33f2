package rules

import (
	"encoding/json"

	"gateway/pkg/mapping"
)

// Inverse is an example event and what the rule would publish of it.
type Inverse struct {
	Namespace string `json:"namespace"`
	Event     string `json:"event"`
	Argument  string `json:"argument" doc:"JSON; empty for an event without one"`
	Topic     string `json:"topic,omitempty"`
	Payload   string `json:"payload"`
	Encoding  string `json:"encoding" enum:"utf8,base64"`
	QoS       byte   `json:"qos"`
	Retain    bool   `json:"retain"`
	Reply     string `json:"reply,omitempty" doc:"Topic that the ack waits for"`
	Text      string `json:"text,omitempty" doc:"Why nothing would be published"`
}

// maxInverse is how many example events a preview shows.
const maxInverse = 5

// inverses are examples for a rule that takes events: those of its own tests, those that stand for messages recorded, or one that
// is made up. Never nil.
func inverses(table *mapping.Table, rule mapping.Rule, rows []Row) []Inverse {
	out := []Inverse{}
	if table == nil || table.Len() == 0 || !table.Rules()[0].Inbound() {
		return out
	}
	c := table.Rules()[0]
	add := func(namespace, event string, client mapping.Client, argument json.RawMessage) {
		if client.ID == "" {
			client.ID = "you"
		}
		if len(out) < maxInverse {
			out = append(out, inverseOf(c.Publish(namespace, event, client, argument)))
		}
	}
	for _, t := range rule.Tests {
		if t.Topic == "" {
			argument, _ := json.Marshal(t.Argument)
			if t.Argument == nil {
				argument = nil
			}
			add(t.Namespace, t.Event, mapping.Client{ID: t.Client}, argument)
		}
	}
	seen := map[string]bool{}
	for _, r := range rows {
		namespace, event, client, ok := c.EventOf(r.Topic)
		if argument := argumentOf(&r); ok && argument != nil && !seen[r.Topic] {
			seen[r.Topic] = true
			add(namespace, event, client, argument)
		}
	}
	if len(out) == 0 {
		if namespace, event, client, ok := c.EventOf(c.ExampleTopic()); ok {
			add(namespace, event, client, json.RawMessage("true"))
		}
	}
	return out
}

// argumentOf is what an event would carry that stands for a message: what the rule made of it, or what auto would make.
func argumentOf(r *Row) json.RawMessage {
	switch {
	case r.New != nil && r.New.Drop == "" && r.New.ValueEncoding == "json":
		return json.RawMessage(r.New.Value)
	case r.New != nil || r.Encoding != "utf8" || len(r.Payload) < r.Size:
		return nil
	case json.Valid([]byte(r.Payload)):
		return json.RawMessage(r.Payload)
	}
	text, _ := json.Marshal(r.Payload)
	return text
}

func inverseOf(e mapping.Example) Inverse {
	out := Inverse{
		Namespace: e.Namespace, Event: e.Event, Argument: string(e.Argument), Topic: e.Topic, QoS: e.QoS, Retain: e.Retain, Reply: e.Reply, Text: e.Text,
	}
	out.Payload, out.Encoding = readable(e.Payload)
	return out
}
