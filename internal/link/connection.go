package link

import (
	"context"
	"errors"
	"io"
	"syscall"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"gateway/internal/bus"
	"gateway/internal/fault"
)

// run keeps the connection until ctx ends.
func (c *Client) run(ctx context.Context, report func(bool, error)) {
	delay := c.timing.firstRetry
	for ctx.Err() == nil {
		began := time.Now()
		err := c.session(ctx, func() { report(true, nil) })
		if ctx.Err() != nil {
			return
		}
		report(false, err)
		if time.Since(began) > c.timing.steady {
			delay = c.timing.firstRetry
		}
		select {
		case <-ctx.Done():
		case <-time.After(delay):
		}
		delay = min(2*delay, c.timing.lastRetry)
	}
}

// session makes one connection and returns when it has ended, with the reason.
func (c *Client) session(ctx context.Context, up func()) error {
	lost := make(chan error, 1)
	plainWill := c.opts.Will != nil && c.shut >= doubtAfter && c.shut%2 == 1
	conn := &connection{
		lost: make(chan struct{}), down: make(chan struct{}), useless: make(chan error, 1), call: c.timing.call,
		answered: make(chan struct{}), plainWill: plainWill, out: make(chan outgoing),
	}
	o, err := c.options(conn, lost)
	if err != nil {
		return err
	}
	conn.paho = mqtt.NewClient(o)
	defer close(conn.lost)
	if err := conn.await(ctx, conn.paho.Connect()); err != nil {
		conn.paho.Disconnect(0)
		if closed(err) {
			c.shut++
		}
		return explain(err)
	}
	if !plainWill {
		c.shut = 0
	}
	defer conn.paho.Disconnect(250)
	if err := c.greet(ctx, conn); err != nil {
		select {
		case err := <-lost:
			return explain(err)
		default:
			return err
		}
	}
	go conn.pump()
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
		conn.hungUp.Store(closed(err))
		return explain(err)
	case err := <-conn.useless:
		return err
	case <-ctx.Done():
		if w := c.opts.Will; w != nil {
			conn.paho.Publish(w.Topic, w.QoS, w.Retain && !plainWill, w.Payload).WaitTimeout(time.Second)
		}
		return ctx.Err()
	}
}

// closed reports whether err says that the other side has closed the connection.
func closed(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

func (c *Client) options(conn *connection, lost chan<- error) (*mqtt.ClientOptions, error) {
	o := mqtt.NewClientOptions().AddBroker(c.url).SetClientID(c.id).SetUsername(c.opts.Username)
	if c.opts.Password != nil {
		password, err := c.opts.Password()
		if err != nil {
			return nil, err
		}
		o.SetPassword(password)
	}
	if c.opts.TLS != nil {
		security, err := c.opts.TLS()
		if err != nil {
			return nil, err
		}
		o.SetTLSConfig(security)
	}
	if w := c.opts.Will; w != nil {
		o.SetWill(w.Topic, w.Payload, w.QoS, w.Retain && !conn.plainWill)
	}
	o.SetProtocolVersion(4).SetKeepAlive(c.opts.Keepalive).SetCleanSession(!c.opts.KeepSession)
	o.SetAutoReconnect(false).SetConnectRetry(false) // run does both, and can be stopped
	o.SetConnectTimeout(c.timing.call).SetWriteTimeout(c.timing.call).SetPingTimeout(c.timing.call)
	o.Dialer.Timeout = c.timing.call
	o.SetOrderMatters(true).SetAutoAckDisabled(true)
	o.SetDefaultPublishHandler(func(_ mqtt.Client, m mqtt.Message) {
		if m.Topic() == bus.LinkTopic && c.opts.Gateway {
			conn.answer(string(m.Payload()))
			m.Ack()
			return
		}
		c.dispatch(unfold(m))
	})
	o.SetConnectionLostHandler(func(_ mqtt.Client, err error) {
		conn.downOnce.Do(func() {
			lost <- err
			close(conn.down)
		})
	})
	return o, nil
}

// await waits for a token, which by itself may never complete: a lost connection does not complete those of a kept session.
func (conn *connection) await(ctx context.Context, t mqtt.Token) error {
	timer := time.NewTimer(2 * conn.call)
	defer timer.Stop()
	select {
	case <-t.Done():
		return t.Error()
	case <-conn.lost:
		return ErrOffline
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return fault.New(fault.Timeout, "the broker did not answer")
	}
}
