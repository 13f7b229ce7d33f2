package app

import (
	"context"
	"slices"

	"gateway/internal/bus"
	"gateway/internal/fault"
	"gateway/internal/link"
	"gateway/pkg/mapping"
)

// holdBack has what n would take with QoS 1 or 2 refused until the returned function is called: while a link is replaced nobody
// queues for it, and what is acknowledged must not be lost. Publishers send again.
func (l *links) holdBack(n *namedLink) (release func()) {
	refused := fault.New(fault.Unavailable, "link %q is being changed: send it again", n.name)
	return l.g.bus.Attach("link-change:"+n.name, func(d *bus.Delivery) {
		if d.Message.QoS > 0 && takes(n.config, d.Message.Topic) {
			d.Durable(func(context.Context) error { return refused })
		}
	})
}

// takes reports whether a link has messages of a topic go out, and keeps them until they have.
func takes(c link.Config, topic string) bool {
	return slices.ContainsFunc(c.Topics, func(t link.Topic) bool {
		return t.Direction != "in" && t.QoS > 0 && mapping.MatchFilter(t.LocalPrefix+t.Filter, topic)
	})
}
