package link

import (
	"context"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"gateway/internal/bus"
)

// greetingPatience is how long a connection waits for a gateway's answer behind SUBACK, with which it comes. A later one counts
// from when it comes.
const greetingPatience = 100 * time.Millisecond

// greet asks the broker whether it is that of another gateway. Most are not: they grant the subscription and say nothing, or
// refuse it. One that closes the connection at it is not asked again on the next.
func (c *Client) greet(ctx context.Context, conn *connection) error {
	if !c.opts.Gateway {
		return nil
	}
	if c.unasked {
		c.unasked = false
		return nil
	}
	asking, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-conn.down:
			cancel()
		case <-asking.Done():
		}
	}()
	token := conn.paho.Subscribe(bus.LinkTopic, 0, nil)
	if err := conn.await(asking, token); err != nil {
		c.unasked = true
		return err
	}
	if code := token.(*mqtt.SubscribeToken).Result()[bus.LinkTopic]; code > 2 {
		return nil
	}
	select {
	case <-conn.answered:
	case <-time.After(greetingPatience):
	case <-conn.down:
	case <-ctx.Done():
	}
	return nil
}

// answer is the other gateway's.
func (conn *connection) answer(instance string) {
	if bus.ValidInstance(instance) && conn.gateway.CompareAndSwap(nil, &instance) {
		close(conn.answered)
	}
}

// peer is the gateway that the broker belongs to, "" for any other.
func (conn *connection) peer() string {
	if p := conn.gateway.Load(); p != nil {
		return *p
	}
	return ""
}

// message is one from the broker, out of its envelope if it came in one.
type message struct {
	mqtt.Message
	topic string
	trail bus.Trail
	hops  int
}

// Topic is the message's own, without the envelope's.
func (m message) Topic() string { return m.topic }

// unfold takes a message of another gateway out of its envelope.
func unfold(m mqtt.Message) message {
	trail, hops, topic, _ := bus.Unfold(m.Topic())
	return message{m, topic, trail, hops}
}
