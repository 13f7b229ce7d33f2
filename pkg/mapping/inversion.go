package mapping

import "fmt"

// checkCaptures sees to it that each side can be written from what the other side tells.
func (b *builder) checkCaptures() {
	c := b.c
	if c.topic == nil {
		return
	}
	if c.to != nil {
		b.needFromTopic("to", c.to.levels)
		return
	}
	if c.Outbound() {
		for _, t := range []struct {
			field string
			*template
		}{{"namespace", c.namespace}, {"event", c.event}, {"room", c.room}} {
			if t.template != nil {
				b.needFromTopic(t.field, t.parts)
			}
		}
	}
	if c.Inbound() && c.namespace != nil && c.event != nil {
		b.needFromEvent("topic", c.topic.levels)
	}
}

// needFromTopic refuses captures the topic does not have. {client.id} has its own check.
func (b *builder) needFromTopic(field string, parts []part) {
	for _, p := range parts {
		if p.slot < 0 || p.text == clientID || b.c.topic.uses(p.slot) {
			continue
		}
		b.fail(field, fmt.Sprintf("{%s} is not captured by the topic", p.text), fmt.Sprintf("put {%s} in the topic, or remove it here", p.text))
	}
}

// needFromEvent refuses captures that neither namespace nor event gives on the way back.
func (b *builder) needFromEvent(field string, parts []part) {
	for _, p := range parts {
		if p.slot < 0 || p.text == clientID || b.c.namespace.uses(p.slot) || b.c.event.uses(p.slot) {
			continue
		}
		remedy := fmt.Sprintf("put {%s} in namespace or event", p.text)
		if field == "topic" {
			remedy += `, or set direction = "mqtt_to_socketio"`
		}
		b.fail(field, fmt.Sprintf("the way back cannot fill in {%s}: neither namespace nor event has it", p.text), remedy)
	}
}

// checkClientID finds {client.id} and refuses it where nobody is meant.
func (b *builder) checkClientID() {
	c := b.c
	slot := c.sl.find(clientID)
	if slot < 0 || c.topic == nil {
		return
	}
	c.clientSlot = slot
	if c.to != nil {
		b.fail("to", "a topic -> topic rule has no client", "name the level otherwise, as in {user}")
		return
	}
	if !c.Outbound() {
		return
	}
	if c.clientOut = c.topic.uses(slot); !c.clientOut {
		b.fail("topic", "{client.id} is in the target but not in the topic, so nothing says whom to send to",
			`put {client.id} in the topic, or set direction = "socketio_to_mqtt"`)
	}
}
