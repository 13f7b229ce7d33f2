package sio

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"syscall"
	"time"

	"gateway/bench/internal/wsframe"
)

// Dial connects, upgrades and joins the namespace, until ctx ends. The id is handed to a Poller's handler.
func Dial(ctx context.Context, id int, o Options) (*Client, error) {
	d := net.Dialer{Control: func(_, _ string, raw syscall.RawConn) error { return limitReceive(raw, o.ReadBuffer) }}
	conn, err := d.DialContext(ctx, "tcp", o.Addr)
	if err != nil {
		return nil, err
	}
	c := &Client{id: id, conn: conn.(*net.TCPConn)}
	if o.Namespace != "/" {
		c.prefix = o.Namespace + ","
	}
	if err := c.handshake(ctx, o); err != nil {
		conn.Close()
		return nil, fmt.Errorf("client %d: %w", id, err)
	}
	return c, nil
}

// limitReceive must run before connect for the window to be announced accordingly.
func limitReceive(raw syscall.RawConn, size int) (err error) {
	if size == 0 {
		return nil
	}
	cerr := raw.Control(func(fd uintptr) {
		err = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, size)
	})
	if cerr != nil {
		return cerr
	}
	return err
}

func (c *Client) handshake(ctx context.Context, o Options) (err error) {
	defer context.AfterFunc(ctx, func() { c.conn.SetDeadline(time.Unix(1, 0)) })()
	if c.raw, err = c.conn.SyscallConn(); err != nil {
		return err
	}
	if err := c.upgrade(o); err != nil {
		return fmt.Errorf("upgrade: %w", err)
	}
	if _, err := c.await("0{"); err != nil {
		return fmt.Errorf("open: %w", err)
	}
	if err := c.send([]byte("40" + c.prefix)); err != nil {
		return fmt.Errorf("connect %s: %w", o.Namespace, err)
	}
	if _, err := c.await("40" + c.prefix); err != nil {
		return fmt.Errorf("connect %s: %w", o.Namespace, err)
	}
	return nil
}

// upgrade makes the HTTP request. The answer's Sec-WebSocket-Accept is not of interest: a server that got it wrong
// would fail in any browser.
func (c *Client) upgrade(o Options) error {
	_, err := fmt.Fprintf(c.conn, "GET %s?EIO=4&transport=websocket HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\n"+
		"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", o.Path, o.Addr)
	if err != nil {
		return err
	}
	r := bufio.NewReader(c.conn)
	resp, err := http.ReadResponse(r, nil)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusSwitchingProtocols {
		return fmt.Errorf("status %s", resp.Status)
	}
	early, err := r.Peek(r.Buffered())
	c.in = append(c.in, early...)
	return err
}

// await reads until a packet with the prefix, and drops those before it.
func (c *Client) await(prefix string) (string, error) {
	buf := make([]byte, 4096)
	for {
		f, rest, ok, err := wsframe.Parse(c.in)
		if err != nil {
			return "", err
		}
		if !ok {
			n, err := c.conn.Read(buf)
			if err != nil {
				return "", err
			}
			c.in = append(c.in, buf[:n]...)
			continue
		}
		packet := string(f.Payload)
		c.in = append(c.in[:0], rest...)
		if f.Op == wsframe.Close || strings.HasPrefix(packet, "44") {
			return "", fmt.Errorf("refused: %q", packet)
		}
		if strings.HasPrefix(packet, prefix) {
			return packet, nil
		}
	}
}
