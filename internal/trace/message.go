package trace

import (
	"encoding/base64"
	"time"
	"unicode/utf8"
)

// Message is a message of the bus as people and pages see it.
type Message struct {
	Seq       uint64     `json:"seq" doc:"Strictly increasing over the life of the data directory"`
	At        time.Time  `json:"at"`
	Topic     string     `json:"topic" doc:"Its first 256 bytes"`
	Payload   string     `json:"payload" doc:"Its first 1 KiB"`
	Encoding  string     `json:"encoding" enum:"utf8,base64"`
	Size      int        `json:"size" doc:"Bytes of the payload as it came"`
	Truncated bool       `json:"truncated,omitempty" doc:"The payload is longer than what is shown"`
	QoS       byte       `json:"qos"`
	Retain    bool       `json:"retain"`
	Command   bool       `json:"command" doc:"A command is never kept as a last value and never replayed"`
	Origin    Origin     `json:"origin"`
	Principal *Principal `json:"principal,omitempty"`
	Hops      int        `json:"hops,omitempty"`
	Replay    bool       `json:"replay,omitempty"`
}

// Origin says where a message came in.
type Origin struct {
	Adapter string `json:"adapter" doc:"mqtt, socketio, link, http, source, bridge or gateway"`
	Conn    string `json:"conn,omitempty" doc:"MQTT client id, socket id, link name or remote address"`
	Rule    string `json:"rule,omitempty" doc:"The mapping that brought it in"`
}

// Principal says who published a message.
type Principal struct {
	Kind string `json:"kind"`
	ID   string `json:"id"`
}

// Text is a payload for JSON: as it is when it is UTF-8, else in base64. One that was cut in the middle of a character loses
// what is left of it.
func Text(payload []byte, cut bool) (text, encoding string) {
	whole := payload
	for i := 0; cut && i < utf8.UTFMax-1 && len(whole) > 0 && !utf8.Valid(whole); i++ {
		whole = whole[:len(whole)-1]
	}
	if utf8.Valid(whole) {
		return string(whole), "utf8"
	}
	return base64.StdEncoding.EncodeToString(payload), "base64"
}

// WithoutSender is a message for those who may read its topic and know nothing else of the gateway.
func (m Message) WithoutSender() Message {
	m.Principal, m.Origin.Conn = nil, ""
	return m
}
