package link

import (
	"bytes"
	"context"
	"strings"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"gateway/internal/bus"
	"gateway/internal/fault"
)

// keepTimeout is how long a message from the broker may wait for disks.
const keepTimeout = 10 * time.Second

// arrival is a message that is acknowledged once the bus has it for good.
type arrival struct {
	message mqtt.Message
	receipt bus.Receipt
}

// arrive takes a message from the remote broker to the bus.
func (l *Link) arrive(m message) {
	c, ok := match(l.in, m.Topic())
	if !ok {
		m.Ack()
		return
	}
	topic := c.across(m.Topic())
	if m.Retained() && l.knows(topic, m) || !m.trail.Foreign() && l.comesBack(topic, m) {
		m.Ack()
		return
	}
	receipt, err := l.publish(topic, m)
	if err != nil {
		l.lose(string(fault.CodeOf(err)), m.Qos(), 1)
		m.Ack() // it would be refused every time
		return
	}
	if !receipt.Again {
		l.received.Add(1)
	}
	l.acks <- arrival{m, receipt}
}

// comesBack guesses whether a message without a trail has been here before.
func (l *Link) comesBack(topic string, m message) bool {
	if l.echoes.is(m.Topic(), m.Payload()) {
		return true
	}
	again, found := l.rings.fromLink(topic, m.Payload(), l.origin())
	if found {
		l.warnOfRing("")
	}
	return again
}

func (l *Link) origin() bus.Origin { return bus.Origin{Adapter: bus.FromLink, Conn: l.cfg.Name} }

func (l *Link) publish(topic string, m message) (bus.Receipt, error) {
	if strings.HasPrefix(topic, "$") {
		return bus.Receipt{}, fault.New(fault.Denied, "topic %q: a link may not write the gateway's own topics", topic)
	}
	return l.bus.Publish(bus.Message{
		Topic: topic, Payload: m.Payload(), QoS: m.Qos(), Retain: m.Retained(),
		Origin: l.origin(), Principal: l.principal, Trail: m.trail, Hops: m.hops,
	})
}

// knows reports whether a retained message, which every new subscription brings again, is old news: we have that value, or
// something newer waits to be sent there.
func (l *Link) knows(topic string, m message) bool {
	if l.outbox.holds(m.Topic()) {
		return true
	}
	last, ok := l.bus.Last(topic)
	return ok && last.Retain && bytes.Equal(last.Payload, m.Payload())
}

// acknowledge answers the remote broker in the order of arrival. A message that could not be kept is not answered and the
// connection ended: the broker sends it again over the next one.
func (l *Link) acknowledge(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case a := <-l.acks:
			wait, cancel := context.WithTimeout(ctx, keepTimeout)
			err := a.receipt.Wait(wait)
			cancel()
			if err != nil {
				l.refuse(ctx, a.message.Topic(), err)
				continue
			}
			a.message.Ack()
		}
	}
}

func (l *Link) refuse(ctx context.Context, topic string, err error) {
	if ctx.Err() != nil {
		return // stopping
	}
	l.log.Error("message from link was not kept", "topic", topic, "err", err)
	if conn := l.client.connection(); conn != nil {
		conn.end(fault.New(fault.Unavailable, "a message from the broker could not be kept: %w", err))
	}
}
