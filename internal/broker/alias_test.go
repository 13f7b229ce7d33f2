package broker

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/mochi-mqtt/server/v2/packets"
)

func decodePublish(t *testing.T, b []byte) packets.Packet {
	t.Helper()
	pk := packets.Packet{ProtocolVersion: 5}
	if err := pk.FixedHeader.Decode(b[0]); err != nil {
		t.Fatal(err)
	}
	remaining, width := readVarint(b[1:])
	if remaining != len(b)-1-width {
		t.Fatalf("the packet says it has %d more bytes, and has %d", remaining, len(b)-1-width)
	}
	if err := pk.PublishDecode(b[1+width:]); err != nil {
		t.Fatal(err)
	}
	return pk
}

// A packet with an alias differs from one without in topic and alias only, wherever its lengths need another byte.
func TestAliasedFramesSayTheSame(t *testing.T) {
	for _, size := range []int{0, 100, 120, 122, 124, 126, 128, 16_380, 16_384} {
		for _, user := range []int{0, 110, 113, 114, 117, 121} {
			for qos := range byte(3) {
				p := &publication{topic: "some/topic", payload: make([]byte, size), qos: qos, expires: 1, props: &packets.Properties{
					ContentType: strings.Repeat("c", user), PayloadFormatFlag: true, PayloadFormat: 1,
				}}
				f := p.frame(variant{v5: true, qos: qos})
				o := &outgoing{frame: f, qos: qos, id: 4711, expires: 77_000_000_000}
				plain := append([]byte(nil), f.bytes...)
				o.patch(plain, f.idAt, f.expiryAt, 0)
				want := decodePublish(t, plain)
				want.Properties.TopicAlias, want.Properties.TopicAliasFlag = 1, true
				a := topicAliases{limit: 1}
				for _, topic := range []string{"some/topic", "", ""} {
					prefix := []byte("before")
					out, idAt, expiryAt := a.append(prefix, f)
					b := out[len(prefix):]
					o.patch(b, idAt, expiryAt, 0)
					got := decodePublish(t, b)
					if len(got.Payload) != size {
						t.Fatalf("payload of %d bytes, want %d", len(got.Payload), size)
					}
					got.Payload, want.Payload = nil, nil
					want.TopicName, want.FixedHeader.Remaining = topic, got.FixedHeader.Remaining
					if diff := cmp.Diff(want, got, cmp.AllowUnexported(packets.Packet{})); diff != "" {
						t.Fatalf("payload of %d, QoS %d: %s", size, qos, diff)
					}
				}
			}
		}
	}
}

func TestAliasesAreGivenWithinLimits(t *testing.T) {
	frameOf := func(topic string) *frame {
		return (&publication{topic: topic, payload: []byte("x")}).frame(variant{v5: true})
	}
	topicOf := func(a *topicAliases, topic string) (string, uint16) {
		b, _, _ := a.append(nil, frameOf(topic))
		pk := decodePublish(t, b)
		return pk.TopicName, pk.Properties.TopicAlias
	}
	a := topicAliases{limit: 2, largest: len(frameOf("largest").bytes) + aliasProperty + 2}
	for _, c := range []struct {
		topic, sent string
		alias       uint16
	}{
		{"abc", "abc", 0}, // would not be shorter
		{"abcd", "abcd", 1},
		{"larger than largest", "larger than largest", 0},
		{"abcd", "", 1},
		{"largest", "largest", 2},
		{"third", "third", 0},
		{"largest", "", 2},
	} {
		if sent, alias := topicOf(&a, c.topic); sent != c.sent || alias != c.alias {
			t.Errorf("%q was sent as %q with alias %d, want %q with %d", c.topic, sent, alias, c.sent, c.alias)
		}
	}
}
