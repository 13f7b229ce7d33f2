// Package bus is the one place where messages are sequenced, kept and fanned out. Every adapter — the embedded broker, links,
// socket.io, REST, sources — publishes into it and receives from it; none of them talks to another.
package bus

import (
	"time"

	"gateway/internal/access"
)

// Adapter names the part of the gateway that a message came in by.
type Adapter string

// The adapters.
const (
	FromMQTT     Adapter = "mqtt"
	FromSocketIO Adapter = "socketio"
	FromLink     Adapter = "link"
	FromHTTP     Adapter = "http"
	FromSource   Adapter = "source"
	FromBridge   Adapter = "bridge" // made by a topic -> topic rule
	FromGateway  Adapter = "gateway"
)

// Origin says where a message entered, so that it is never sent back there.
type Origin struct {
	Adapter Adapter `json:"adapter"`
	Conn    string  `json:"conn,omitempty"` // MQTT client id, socket id, link name, remote address
	Rule    string  `json:"rule,omitempty"` // the mapping that brought it in, if one did
}

// MaxHops is how many topic -> topic rules, here and on linked gateways, one message may pass.
const MaxHops = 8

// Message is one event on the bus. It is immutable once published: receivers share it and its payload.
type Message struct {
	Seq         uint64    // strictly increasing over the life of the data directory; set by the bus
	Topic       string    // a concrete MQTT topic
	Payload     []byte    // as it came; not to be written to
	QoS         byte      // 0, 1 or 2
	Retain      bool      // MQTT's retain flag
	Command     bool      // a command is never kept as a last value and never replayed
	At          time.Time // when the bus took it; set by the bus when zero
	Origin      Origin
	Hops        int      // how many rules it has passed so far, on this and other gateways
	Rules       []string // the topic -> topic rules it has passed on this gateway, in order
	Trail       Trail    // the gateways it has come through; zero for a message of our own
	Principal   *access.Principal
	ContentType string // MQTT 5 content type or HTTP Content-Type; may be empty
	Props       []Prop // MQTT 5 user properties, in order

	ResponseTopic string // MQTT 5 response topic: where the sender waits for an answer; empty for none
	Correlation   []byte // MQTT 5 correlation data, which the answer has to carry; not to be written to
	Expiry        uint32 // MQTT 5 message expiry interval: seconds from At; 0 for never
	UTF8          bool   // MQTT 5 payload format indicator: the payload is text
	PacketID      uint16 // of the QoS 2 packet it came in by, for the broker itself; 0 for none
}

// Prop is an MQTT 5 user property.
type Prop struct{ Key, Value string }

// Deletes reports whether the message removes the last and the retained value of its topic: an empty retained payload.
func (m *Message) Deletes() bool { return m.Retain && len(m.Payload) == 0 }
