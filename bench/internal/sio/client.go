// Package sio is a socket.io client for loads: Engine.IO 4 and Socket.IO 5 over websocket, thousands of connections
// in one process, read by one epoll loop. Linux only.
package sio

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"syscall"
	"time"

	"gateway/bench/internal/wsframe"
)

// Options say where and how to connect.
type Options struct {
	Addr       string // host:port
	Path       string // Engine.IO path, such as "/socket.io/"
	Namespace  string // "/" or "/name"
	ReadBuffer int    // kernel's receive buffer in bytes; 0 leaves it to the kernel
}

// Client is one connection with one namespace joined. After Dial and Call it is read either by a Poller or not at all.
type Client struct {
	id     int
	prefix string // what follows the packet type: "" or "/name,"
	conn   *net.TCPConn
	raw    syscall.RawConn

	in   []byte // received, not yet parsed
	frag []byte // message whose last fragment is missing

	mu  sync.Mutex // held while writing
	out []byte
}

// Emit sends [event, args...]; args must need no escaping in JSON.
func (c *Client) Emit(event string, args ...string) error {
	return c.send(c.appendEvent(nil, "", event, args...))
}

// Call emits [event, arg] and awaits the acknowledgement, until ctx ends. An acknowledgement that holds "ok":false is
// an error. Call it before a Poller takes over.
func (c *Client) Call(ctx context.Context, event, arg string) error {
	defer context.AfterFunc(ctx, func() { c.conn.SetDeadline(time.Unix(1, 0)) })()
	if err := c.send(c.appendEvent(nil, "0", event, arg)); err != nil {
		return err
	}
	ack, err := c.await("43" + c.prefix + "0[")
	if err != nil {
		return fmt.Errorf("%s %s: %w", event, arg, err)
	}
	if strings.Contains(ack, `"ok":false`) {
		return fmt.Errorf("%s %s: refused: %s", event, arg, ack)
	}
	return nil
}

// AppendEvent appends what Emit would send, to be sent with Write: several events with one write.
func (c *Client) AppendEvent(b []byte, event string, args ...string) []byte {
	return wsframe.Append(b, wsframe.Text, c.appendEvent(nil, "", event, args...))
}

// Write sends whole frames. It blocks while the server does not read, until the deadline.
func (c *Client) Write(frames []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, err := c.conn.Write(frames)
	return err
}

// SetWriteDeadline makes Write fail rather than block after at.
func (c *Client) SetWriteDeadline(at time.Time) error { return c.conn.SetWriteDeadline(at) }

// CutOff reads what is left until ctx ends, and tells whether the server had closed the connection. For clients that
// no Poller reads.
func (c *Client) CutOff(ctx context.Context) bool {
	c.conn.SetReadBuffer(1 << 20)
	defer context.AfterFunc(ctx, func() { c.conn.SetDeadline(time.Unix(1, 0)) })()
	buf := make([]byte, 64<<10)
	for {
		if _, err := c.conn.Read(buf); err != nil {
			return ctx.Err() == nil
		}
	}
}

// Close ends the connection without a word, as a browser that loses its network does.
func (c *Client) Close() { c.conn.Close() }

func (c *Client) appendEvent(b []byte, ack, event string, args ...string) []byte {
	b = append(b, "42"+c.prefix+ack+`["`+event...)
	for _, a := range args {
		b = append(append(b, `","`...), a...)
	}
	return append(b, `"]`...)
}

func (c *Client) send(packet []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.out = wsframe.Append(c.out[:0], wsframe.Text, packet)
	_, err := c.conn.Write(c.out)
	return err
}
