package sio

import (
	"encoding/json"
	"testing"
	"time"

	"gateway/internal/bus"
)

func TestMetaIsJSONForAnyTopic(t *testing.T) {
	for _, topic := range []string{"home/kitchen", `a "quoted" \ topic`, "grün/ü/€", "tab\tand \u2028", "emoji/😀", "\x7f"} {
		m := &bus.Message{Topic: topic, Seq: 7, At: time.UnixMilli(1234), QoS: 1, Retain: true}
		var got struct {
			Topic              string
			Seq, At            int64
			QoS                int
			Retained, Replayed bool
		}
		b := appendMeta(nil, m, false)
		if err := json.Unmarshal(b, &got); err != nil {
			t.Fatalf("%s: %v", b, err)
		}
		if got.Topic != topic || got.Seq != 7 || got.At != 1234 || got.QoS != 1 || !got.Retained || got.Replayed {
			t.Errorf("%q became %s", topic, b)
		}
	}
}

func BenchmarkRawPacket(b *testing.B) {
	r := &raw{}
	m := &bus.Message{Topic: "bench/17", Seq: 1795523228196471, At: time.Now(), Payload: make([]byte, 100)}
	for i := range m.Payload {
		m.Payload[i] = 'x'
	}
	b.ReportAllocs()
	for b.Loop() {
		r.encode(m, "auto", false)
	}
}
