package link

import (
	"context"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"gateway/internal/fault"
)

// run keeps the connection until ctx ends.
func (c *Client) run(ctx context.Context, report func(bool, error)) {
	delay := firstRetry
	for ctx.Err() == nil {
		began := time.Now()
		err := c.session(ctx, func() { report(true, nil) })
		if ctx.Err() != nil {
			return
		}
		report(false, err)
		if time.Since(began) > steady {
			delay = firstRetry
		}
		select {
		case <-ctx.Done():
		case <-time.After(delay):
		}
		delay = min(2*delay, lastRetry)
	}
}

// session makes one connection and returns when it has ended, with the reason.
func (c *Client) session(ctx context.Context, up func()) error {
	lost := make(chan error, 1)
	o, err := c.options(lost)
	if err != nil {
		return err
	}
	conn := &connection{paho: mqtt.NewClient(o), lost: make(chan struct{}), useless: make(chan error, 1)}
	defer close(conn.lost)
	if err := await(ctx, conn.paho.Connect(), nil); err != nil {
		conn.paho.Disconnect(0)
		return explain(err)
	}
	defer conn.paho.Disconnect(250)
	c.mu.Lock()
	subs := append([]subscription(nil), c.subs...)
	c.live = conn
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		c.live = nil
		c.mu.Unlock()
	}()
	if err := conn.subscribe(ctx, subs); err != nil {
		return err
	}
	up()
	select {
	case err := <-lost:
		return explain(err)
	case err := <-conn.useless:
		return err
	case <-ctx.Done():
		if w := c.opts.Will; w != nil {
			conn.paho.Publish(w.Topic, w.QoS, w.Retain, w.Payload).WaitTimeout(time.Second)
		}
		return ctx.Err()
	}
}

func (c *Client) options(lost chan<- error) (*mqtt.ClientOptions, error) {
	o := mqtt.NewClientOptions().AddBroker(c.url).SetClientID(c.id).SetUsername(c.opts.Username)
	if c.opts.Password != nil {
		password, err := c.opts.Password()
		if err != nil {
			return nil, err
		}
		o.SetPassword(password)
	}
	if w := c.opts.Will; w != nil {
		o.SetWill(w.Topic, w.Payload, w.QoS, w.Retain)
	}
	o.SetProtocolVersion(4).SetTLSConfig(c.opts.TLS).SetKeepAlive(c.opts.Keepalive).SetCleanSession(!c.opts.KeepSession)
	o.SetAutoReconnect(false).SetConnectRetry(false) // run does both, and can be stopped
	o.SetConnectTimeout(callTimeout).SetWriteTimeout(callTimeout)
	o.Dialer.Timeout = callTimeout
	o.SetOrderMatters(true).SetAutoAckDisabled(true)
	o.SetDefaultPublishHandler(func(_ mqtt.Client, m mqtt.Message) { c.dispatch(m) })
	o.SetConnectionLostHandler(func(_ mqtt.Client, err error) {
		select {
		case lost <- err:
		default:
		}
	})
	return o, nil
}

// await waits for a token, which by itself may never complete: a lost connection does not complete those of a kept session.
func await(ctx context.Context, t mqtt.Token, lost <-chan struct{}) error {
	timer := time.NewTimer(2 * callTimeout)
	defer timer.Stop()
	select {
	case <-t.Done():
		return t.Error()
	case <-lost:
		return ErrOffline
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return fault.New(fault.Timeout, "the broker did not answer")
	}
}
