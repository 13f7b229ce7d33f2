package bus

import "strings"

// LinkTopic is how two linked gateways find each other over MQTT 3.1.1, which has no room for more: a gateway subscribes to it
// at the broker of its link, and a broker that is another gateway's answers there with its instance. From then on both put
// the trails of messages into envelopes, see [Envelop].
const LinkTopic = "$gateway/link"

const (
	envelope    = "$gateway/"
	maxEnvelope = 65_535 // bytes of a topic in MQTT
)

// Envelop returns the topic under which a linked gateway is handed a message: $gateway/<trail>/<topic>. Without a trail, or with
// one for which there is no room, it is topic.
func Envelop(trail, topic string) string {
	if trail == "" || len(envelope)+len(trail)+1+len(topic) > maxEnvelope {
		return topic
	}
	return envelope + trail + "/" + topic
}

// Unfold splits what [Envelop] returned. ok is false for a topic that is in no envelope.
func Unfold(enveloped string) (t Trail, hops int, topic string, ok bool) {
	rest, ok := strings.CutPrefix(enveloped, envelope)
	if !ok {
		return Trail{}, 0, enveloped, false
	}
	text, topic, ok := strings.Cut(rest, "/")
	if !ok {
		return Trail{}, 0, enveloped, false
	}
	t, hops, err := ParseTrail(text)
	if err != nil {
		return Trail{}, 0, enveloped, false
	}
	return t, hops, topic, true
}
