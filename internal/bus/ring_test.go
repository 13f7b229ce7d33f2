package bus

import (
	"strings"
	"testing"
)

// What the ring keeps must not keep alive what a message only refers to: a network packet, properties, a long topic.
func TestTheRingKeepsLittle(t *testing.T) {
	r := newRing(4)
	packet := make([]byte, 1<<20)
	r.add(&Message{Seq: 1, Topic: strings.Repeat("ü", 5000), Payload: packet[:10:10], Props: []Prop{{"k", string(packet)}}}, 0)
	m := r.recent(1, 1)[0]
	if &m.Payload[0] == &packet[0] || m.Props != nil || len(m.Topic) > ringTopic {
		t.Errorf("kept %d bytes of topic, props %v, shared payload %v", len(m.Topic), m.Props != nil, &m.Payload[0] == &packet[0])
	}
}

func TestTheRingIsBoundedInBytes(t *testing.T) {
	r := newRing(1 << 15)
	for seq := range uint64(1 << 15) {
		r.add(&Message{Seq: seq + 1, Topic: "t", Payload: make([]byte, ringPayload)}, 0)
	}
	if got := r.bytes.Load(); got > ringBytes+ringPayload {
		t.Errorf("%d bytes kept, want at most %d", got, ringBytes)
	}
}
