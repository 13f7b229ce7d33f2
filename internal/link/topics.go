package link

import (
	"strings"

	"gateway/pkg/mapping"
)

// crossing is one direction of a Topic.
type crossing struct {
	filter   string // on the side the message comes from
	from, to string // prefixes
	qos      byte
}

// crossings splits topics into what comes in and what goes out.
func crossings(topics []Topic) (in, out []crossing) {
	for _, t := range topics {
		if t.Direction != DirectionOut {
			in = append(in, crossing{t.RemotePrefix + t.Filter, t.RemotePrefix, t.LocalPrefix, t.QoS})
		}
		if t.Direction != DirectionIn {
			out = append(out, crossing{t.LocalPrefix + t.Filter, t.LocalPrefix, t.RemotePrefix, t.QoS})
		}
	}
	return in, out
}

// match finds the first crossing that takes a topic.
func match(list []crossing, topic string) (crossing, bool) {
	for _, c := range list {
		if mapping.MatchFilter(c.filter, topic) {
			return c, true
		}
	}
	return crossing{}, false
}

// mayEnter reports whether a local topic is one that the remote broker may send.
func (l *Link) mayEnter(topic string) bool {
	for _, c := range l.in {
		if mapping.MatchFilter(c.to+c.filter[len(c.from):], topic) {
			return true
		}
	}
	return false
}

// across is the topic on the other side; "" when nothing is left of it.
func (c crossing) across(topic string) string {
	return c.to + strings.TrimPrefix(topic, c.from)
}
