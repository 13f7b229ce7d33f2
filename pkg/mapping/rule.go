package mapping

import "strings"

// Direction says which way a rule carries messages.
type Direction string

// The directions of a rule. Empty means Both.
const (
	Both Direction = "both"
	Out  Direction = "mqtt_to_socketio"
	In   Direction = "socketio_to_mqtt"
)

// Codec says how payload bytes and event arguments become each other.
type Codec string

// The codecs of a rule. Empty means Auto.
const (
	Auto   Codec = "auto"
	JSON   Codec = "json"
	Text   Codec = "text"
	Binary Codec = "binary"
)

// Replay says what a late joiner of a namespace or room gets.
type Replay string

// The replay modes of a rule. Empty means ReplayLast; rules with ReplayNone carry commands.
const (
	ReplayLast Replay = "last"
	ReplayNone Replay = "none"
)

// Meta says when an event carries the second argument {topic, seq, ...}.
type Meta string

// The meta modes of a rule. Empty means MetaReplayed.
const (
	MetaNever    Meta = "never"
	MetaReplayed Meta = "replayed"
	MetaAlways   Meta = "always"
)

// Over says what happens to messages above the rate of a rule.
type Over string

// The modes of Over. Empty means OverLatest: the newest message waits, the ones before it are skipped.
const (
	OverLatest Over = "latest"
	OverDrop   Over = "drop"
)

// Rule is one [[mapping]] as written: a zero field is an absent key and takes the default named at its type.
// The JSON form is that of the REST API, the TOML form that of the configuration file.
type Rule struct {
	Name        string    `json:"name" toml:"name"`
	Topic       string    `json:"topic" toml:"topic"`
	Namespace   string    `json:"namespace,omitempty" toml:"namespace,omitempty"`
	Event       string    `json:"event,omitempty" toml:"event,omitempty"`
	Room        string    `json:"room,omitempty" toml:"room,omitempty"`
	To          string    `json:"to,omitempty" toml:"to,omitempty"` // target topic, instead of namespace and event
	Direction   Direction `json:"direction,omitempty" toml:"direction,omitempty"`
	Payload     Codec     `json:"payload,omitempty" toml:"payload,omitempty"`
	QoS         byte      `json:"qos,omitempty" toml:"qos,omitempty"`       // 0, 1 or 2; socket.io to MQTT only
	Retain      bool      `json:"retain,omitempty" toml:"retain,omitempty"` // socket.io to MQTT only
	When        string    `json:"when,omitempty" toml:"when,omitempty"`
	Transform   string    `json:"transform,omitempty" toml:"transform,omitempty"`
	TransformIn string    `json:"transform_in,omitempty" toml:"transform_in,omitempty"`
	TransformJQ string    `json:"transform_jq,omitempty" toml:"transform_jq,omitempty"`
	Replay      Replay    `json:"replay,omitempty" toml:"replay,omitempty"`
	Meta        Meta      `json:"meta,omitempty" toml:"meta,omitempty"`
	Rate        string    `json:"rate,omitempty" toml:"rate,omitempty"` // "10/s", "5/m", "100/h"
	Over        Over      `json:"over,omitempty" toml:"over,omitempty"`
	Dedupe      string    `json:"dedupe,omitempty" toml:"dedupe,omitempty"`     // a Go duration, "2s"
	Deadband    float64   `json:"deadband,omitempty" toml:"deadband,omitempty"` // in the payload's own unit
	Echo        bool      `json:"echo,omitempty" toml:"echo,omitempty"`
	Disabled    bool      `json:"disabled,omitempty" toml:"disabled,omitempty"`
	RPC         *RPC      `json:"rpc,omitempty" toml:"rpc,omitempty"`
	Tests       []Test    `json:"test,omitempty" toml:"test,omitempty"`
	Pos         Pos       `json:"pos,omitzero" toml:"-"`
}

// RPC is [mapping.rpc]: the ack of an inbound event waits for the device's answer.
type RPC struct {
	Reply   string `json:"reply" toml:"reply"`                         // topic template the answer comes on
	Timeout string `json:"timeout,omitempty" toml:"timeout,omitempty"` // a Go duration; empty means 5s
	Match   string `json:"match,omitempty" toml:"match,omitempty"`     // expression over the answer; empty takes any
}

// Test is one [[mapping.test]]: a message and what it must become. With Topic it runs outbound; with Namespace
// and Event it runs inbound, Argument being the event's one argument (nil for none).
type Test struct {
	Topic     string `json:"topic,omitempty" toml:"topic,omitempty"`
	Payload   string `json:"payload,omitempty" toml:"payload,omitempty"` // the MQTT payload's bytes
	Namespace string `json:"namespace,omitempty" toml:"namespace,omitempty"`
	Event     string `json:"event,omitempty" toml:"event,omitempty"`
	Argument  any    `json:"argument,omitempty" toml:"argument,omitempty"`
	Client    string `json:"client,omitempty" toml:"client,omitempty"` // the principal's id, for {client.id}
	Expect    Expect `json:"expect" toml:"expect"`
}

// Expect is what a Test must yield; a zero field is not looked at. Drop names the reason of a message that must
// not come through ("when" for one that is filtered).
type Expect struct {
	Namespace string `json:"namespace,omitempty" toml:"namespace,omitempty"`
	Event     string `json:"event,omitempty" toml:"event,omitempty"`
	Room      string `json:"room,omitempty" toml:"room,omitempty"`
	To        string `json:"to,omitempty" toml:"to,omitempty"`
	Topic     string `json:"topic,omitempty" toml:"topic,omitempty"`
	Payload   any    `json:"payload,omitempty" toml:"payload,omitempty"`
	Drop      Reason `json:"drop,omitempty" toml:"drop,omitempty"`
}

// Pos is where a rule was written; zero for rules that come from no file.
type Pos struct {
	File   string         `json:"file,omitempty"`
	Line   int            `json:"line,omitempty"`   // of the [[mapping]] header, from 1
	Fields map[string]int `json:"fields,omitempty"` // line of each key: "topic", "rpc.reply", "test.0.expect"
}

// LineOf returns the line of a key; for one that was not written, the line of the table it belongs in.
func (p Pos) LineOf(field string) int {
	for field != "" {
		if n, ok := p.Fields[field]; ok {
			return n
		}
		field = field[:max(0, strings.LastIndexByte(field, '.'))]
	}
	return p.Line
}
