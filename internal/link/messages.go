package link

import (
	"context"
	"errors"
	"fmt"
	"strings"

	mqtt "github.com/eclipse/paho.mqtt.golang"
	"github.com/eclipse/paho.mqtt.golang/packets"

	"gateway/internal/fault"
	"gateway/pkg/mapping"
)

// Publish sends a message and waits until the broker has acknowledged it (QoS 1 and 2) or it was written (QoS 0). It returns
// [ErrOffline] at once while there is no connection.
func (c *Client) Publish(ctx context.Context, topic string, payload []byte, qos byte, retain bool) error {
	conn := c.connection()
	if conn == nil {
		return ErrOffline
	}
	wait, err := conn.send(topic, payload, qos, retain)
	if err != nil {
		return err
	}
	if err := wait(ctx); err != nil {
		return fmt.Errorf("publish %q: %w", topic, err)
	}
	return nil
}

// send hands a message to the broker and returns what waits for its acknowledgement. Messages go out in the order of the
// calls.
func (conn *connection) send(topic string, payload []byte, qos byte, retain bool) (wait func(context.Context) error, err error) {
	if !conn.paho.IsConnectionOpen() {
		return nil, ErrOffline
	}
	o := outgoing{topic, payload, qos, retain, make(chan mqtt.Token, 1)}
	select {
	case conn.out <- o:
	case <-conn.lost:
		return nil, ErrOffline
	}
	select {
	case token := <-o.token:
		return func(ctx context.Context) error { return conn.await(ctx, token) }, nil
	case <-conn.lost:
		return nil, ErrOffline
	}
}

// outgoing is a message on its way to pump.
type outgoing struct {
	topic   string
	payload []byte
	qos     byte
	retain  bool
	token   chan mqtt.Token
}

// pump calls paho's Publish, which may hang for the length of a write after a connection broke: who publishes need not.
func (conn *connection) pump() {
	for {
		select {
		case o := <-conn.out:
			o.token <- conn.paho.Publish(o.topic, o.qos, o.retain, o.payload)
		case <-conn.lost:
			return
		}
	}
}

// connection is the present one, nil while there is none.
func (c *Client) connection() *connection {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.live
}

// Subscribe has fn called for each message that the filter matches, now and after every reconnect. Of several filters that
// match a message, the first subscribed gets it. Called before Connect it cannot fail but for the filter itself; while
// connected it waits for the broker's answer.
func (c *Client) Subscribe(filter string, qos byte, fn Handler) error {
	return c.subscribe(filter, qos, func(m message) {
		fn(m.Topic(), m.Payload(), m.Retained())
		m.Ack()
	})
}

// subscribe is Subscribe for a handler that acknowledges by itself.
func (c *Client) subscribe(filter string, qos byte, fn func(message)) error {
	if err := mapping.ValidFilter(filter); err != nil {
		return fault.New(fault.Invalid, "%w", err)
	}
	sub := subscription{filter, qos, fn}
	c.mu.Lock()
	c.subs = append(c.subs, sub)
	conn := c.live
	c.mu.Unlock()
	if conn == nil {
		return nil
	}
	return conn.subscribe(context.Background(), []subscription{sub})
}

// subscribe asks the broker for all of subs and fails when it refuses one.
func (conn *connection) subscribe(ctx context.Context, subs []subscription) error {
	if len(subs) == 0 {
		return nil
	}
	filters := make(map[string]byte, len(subs))
	for _, s := range subs {
		filters[s.filter] = max(filters[s.filter], s.qos)
	}
	token := conn.paho.SubscribeMultiple(filters, nil)
	if err := conn.await(ctx, token); err != nil {
		return fmt.Errorf("subscribe: %w", err)
	}
	for filter, code := range token.(*mqtt.SubscribeToken).Result() {
		if code > 2 {
			return fault.New(fault.Denied, "the broker refuses a subscription to %q", filter)
		}
	}
	return nil
}

// dispatch gives a message to its handler. One that nobody wants, left over from an earlier session, is acknowledged so that
// it does not come again.
func (c *Client) dispatch(m message) {
	c.mu.Lock()
	subs := c.subs
	c.mu.Unlock()
	for _, s := range subs {
		if mapping.MatchFilter(s.filter, m.Topic()) {
			s.fn(m)
			return
		}
	}
	m.Ack()
}

// explain turns what paho says into what an owner can act on.
func explain(err error) error {
	switch {
	case errors.Is(err, packets.ErrorRefusedBadUsernameOrPassword), errors.Is(err, packets.ErrorRefusedNotAuthorised):
		return fault.New(fault.Denied, "the broker refuses user name or password: %w", err)
	case errors.Is(err, packets.ErrorRefusedIDRejected):
		return fault.New(fault.Denied, "the broker refuses the client id: %w", err)
	case errors.Is(err, packets.ErrorNetworkError):
		// paho says "network Error : " before the reason
		return fault.New(fault.Offline, "the broker cannot be reached: %s", strings.TrimPrefix(err.Error(), packets.ErrorNetworkError.Error()+" : "))
	}
	return err
}
