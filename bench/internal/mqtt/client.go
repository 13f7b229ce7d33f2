package mqtt

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"time"
)

// Client is a connection to a broker. One goroutine may write while another reads.
type Client struct {
	conn net.Conn
	r    *bufio.Reader
}

// Dial connects to the broker at addr (host:port) and awaits its CONNACK until ctx ends.
func Dial(ctx context.Context, addr, clientID string) (*Client, error) {
	return dial(ctx, addr, appendConnect(nil, clientID, true))
}

// DialSession is Dial for a session that outlives the connection.
func DialSession(ctx context.Context, addr, clientID string) (*Client, error) {
	return dial(ctx, addr, appendConnect(nil, clientID, false))
}

func dial(ctx context.Context, addr string, connect []byte) (*Client, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	c := &Client{conn: conn, r: bufio.NewReaderSize(conn, 256<<10)}
	body, err := c.ask(ctx, connect, typeConnack)
	if err == nil && (len(body) != 2 || body[1] != 0) {
		err = fmt.Errorf("refused: % x", body)
	}
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("mqtt connect %s: %w", addr, err)
	}
	return c, nil
}

// Subscribe subscribes to filter and awaits the SUBACK until ctx ends. Call it before Receive.
func (c *Client) Subscribe(ctx context.Context, filter string, qos byte) error {
	body, err := c.ask(ctx, appendSubscribe(nil, filter, qos), typeSuback)
	if err == nil && (len(body) != 3 || body[2] != qos) {
		err = fmt.Errorf("refused: % x", body)
	}
	if err != nil {
		return fmt.Errorf("mqtt subscribe %s: %w", filter, err)
	}
	return nil
}

// Write sends whole packets. It blocks while the broker does not read, until the deadline.
func (c *Client) Write(packets []byte) error {
	_, err := c.conn.Write(packets)
	return err
}

// SetWriteDeadline makes Write fail rather than block after at.
func (c *Client) SetWriteDeadline(at time.Time) error { return c.conn.SetWriteDeadline(at) }

// Receive calls f with each PUBLISH packet (topic and payload together; valid during the call) until the connection
// ends, which it does by Close.
func (c *Client) Receive(f func(publish []byte, at time.Time)) {
	var buf []byte
	for {
		kind, body, err := readPacket(c.r, buf)
		if err != nil {
			return
		}
		if kind == typePublish {
			f(body, time.Now())
		}
		buf = body
	}
}

// Close ends the connection.
func (c *Client) Close() { c.conn.Close() }

// ask sends a packet and returns the body of the answer, which must be of the given type.
func (c *Client) ask(ctx context.Context, packet []byte, want byte) ([]byte, error) {
	defer context.AfterFunc(ctx, func() { c.conn.SetDeadline(time.Unix(1, 0)) })()
	if err := c.Write(packet); err != nil {
		return nil, err
	}
	kind, body, err := readPacket(c.r, nil)
	if err == nil && kind != want {
		err = fmt.Errorf("packet type %d, want %d", kind, want)
	}
	return body, err
}
