package mapping

import "fmt"

// key is a key of a rule and whether it was written.
type key struct {
	name string
	set  bool
}

// checkConflicts refuses keys that cannot stand together.
func (b *builder) checkConflicts() {
	w := b.written
	if w.To != "" {
		b.refuseKeys(b.socketKeys(), "to makes a topic -> topic rule, where %[1]s means nothing", "remove %[1]s, or remove to")
		return
	}
	switch b.r.Direction {
	case In:
		b.refuseKeys(b.outboundKeys(), "%[1]s is for MQTT -> socket.io, and direction is socketio_to_mqtt",
			`remove %[1]s, or set direction = "both"`)
	case Out:
		b.refuseKeys(b.inboundKeys(), "%[1]s is for socket.io -> MQTT, and direction is mqtt_to_socketio",
			`remove %[1]s, or set direction = "both"`)
	case Both:
		b.checkInverse()
	}
	if w.Transform != "" && w.TransformJQ != "" {
		b.fail("transform_jq", "there is a transform already", "keep transform or transform_jq")
	}
	if w.Over != "" && w.Rate == "" {
		b.fail("over", "over says what happens above rate, and there is no rate", `add rate = "10/s", or remove over`)
	}
	if w.RPC != nil && w.Replay == ReplayLast && b.r.Direction == Both {
		b.fail("replay", "an rpc rule carries commands, and commands are never replayed", `remove replay, or set it to "none"`)
	}
}

// checkInverse asks for the way back of a transform.
func (b *builder) checkInverse() {
	w := b.written
	switch {
	case w.TransformIn != "":
	case w.Transform != "":
		b.fail("transform", "direction is both and nothing undoes the transform",
			`add transform_in, or set direction = "mqtt_to_socketio"`)
	case w.TransformJQ != "":
		b.fail("transform_jq", "direction is both and nothing undoes the transform",
			`add transform_in, or set direction = "mqtt_to_socketio"`)
	}
}

func (b *builder) refuseKeys(keys []key, message, remedy string) {
	for _, k := range keys {
		if k.set {
			b.fail(k.name, fmt.Sprintf(message, k.name), fmt.Sprintf(remedy, k.name))
		}
	}
}

// socketKeys are the keys that need a socket.io side.
func (b *builder) socketKeys() []key {
	w := b.written
	return []key{
		{"namespace", w.Namespace != ""},
		{"event", w.Event != ""},
		{"room", w.Room != ""},
		{"direction", w.Direction != ""},
		{"qos", w.QoS != 0},
		{"retain", w.Retain},
		{"transform_in", w.TransformIn != ""},
		{"replay", w.Replay != ""},
		{"meta", w.Meta != ""},
		{"echo", w.Echo},
		{"rpc", w.RPC != nil},
	}
}

func (b *builder) outboundKeys() []key {
	w := b.written
	return []key{
		{"room", w.Room != ""},
		{"when", w.When != ""},
		{"transform", w.Transform != ""},
		{"transform_jq", w.TransformJQ != ""},
		{"replay", w.Replay == ReplayLast},
		{"meta", w.Meta != ""},
		{"rate", w.Rate != ""},
		{"dedupe", w.Dedupe != ""},
		{"deadband", w.Deadband != 0},
		{"echo", w.Echo},
	}
}

func (b *builder) inboundKeys() []key {
	w := b.written
	return []key{
		{"qos", w.QoS != 0},
		{"retain", w.Retain},
		{"transform_in", w.TransformIn != ""},
		{"rpc", w.RPC != nil},
	}
}
