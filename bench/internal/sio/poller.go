package sio

import (
	"context"
	"fmt"
	"syscall"
	"time"

	"gateway/bench/internal/wsframe"
)

// Handler gets one event packet of client id ("42..."; valid during the call) and the time when it was read.
type Handler func(id int, packet []byte, at time.Time)

// Poller reads many clients from one goroutine: a goroutine each would cost the generator more than some servers
// take. It answers heartbeats.
type Poller struct {
	epoll   int
	clients map[int32]*Client
	handle  Handler
	closed  func(id int)
	buf     []byte
}

// NewPoller takes over the reading of clients. closed is called for each connection that ends while Run runs.
func NewPoller(clients []*Client, handle Handler, closed func(id int)) (*Poller, error) {
	epoll, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("epoll: %w", err)
	}
	p := &Poller{epoll: epoll, clients: map[int32]*Client{}, handle: handle, closed: closed, buf: make([]byte, 256<<10)}
	for _, c := range clients {
		if err := p.add(c); err != nil {
			syscall.Close(epoll)
			return nil, fmt.Errorf("epoll: client %d: %w", c.id, err)
		}
	}
	return p, nil
}

func (p *Poller) add(c *Client) (err error) {
	cerr := c.raw.Control(func(fd uintptr) {
		p.clients[int32(fd)] = c
		err = syscall.EpollCtl(p.epoll, syscall.EPOLL_CTL_ADD, int(fd), &syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(fd)})
	})
	if cerr != nil {
		return cerr
	}
	return err
}

// Run reads until ctx ends. Close the clients only after it has returned.
func (p *Poller) Run(ctx context.Context) {
	defer syscall.Close(p.epoll)
	for fd, c := range p.clients { // what came right behind the handshake wakes no one
		p.take(fd, c, c.in)
	}
	events := make([]syscall.EpollEvent, 512)
	for ctx.Err() == nil {
		n, err := syscall.EpollWait(p.epoll, events, 50)
		if err != nil && err != syscall.EINTR {
			return
		}
		for _, ev := range events[:max(n, 0)] {
			p.serve(ev.Fd)
		}
	}
}

// serve reads once from a connection that has something to read.
func (p *Poller) serve(fd int32) {
	c := p.clients[fd]
	kept := copy(p.buf, c.in)
	if kept == len(p.buf) {
		p.buf = append(p.buf, make([]byte, len(p.buf))...)
	}
	n, err := syscall.Read(int(fd), p.buf[kept:])
	if err == syscall.EAGAIN || err == syscall.EINTR {
		return
	}
	if err != nil || n <= 0 {
		p.drop(fd, c)
		return
	}
	p.take(fd, c, p.buf[:kept+n])
}

// take handles what was received and keeps the rest.
func (p *Poller) take(fd int32, c *Client, b []byte) {
	rest, err := c.parse(b, p.handle, time.Now())
	c.in = append(c.in[:0], rest...)
	if err != nil {
		p.drop(fd, c)
	}
}

// drop reads no more from a connection that ended or failed.
func (p *Poller) drop(fd int32, c *Client) {
	syscall.EpollCtl(p.epoll, syscall.EPOLL_CTL_DEL, int(fd), nil)
	p.closed(c.id)
}

// parse hands on what is whole in b and returns what is not.
func (c *Client) parse(b []byte, handle Handler, at time.Time) ([]byte, error) {
	for {
		f, rest, ok, err := wsframe.Parse(b)
		if !ok || err != nil {
			return rest, err
		}
		if err := c.frame(f, handle, at); err != nil {
			return rest, err
		}
		b = rest
	}
}

func (c *Client) frame(f wsframe.Frame, handle Handler, at time.Time) error {
	switch {
	case f.Op == wsframe.Ping:
		return c.Write(wsframe.Append(nil, wsframe.Pong, f.Payload))
	case f.Op == wsframe.Pong || f.Op == wsframe.Close: // the end follows by itself
		return nil
	case f.Final && f.Op != wsframe.Continuation:
		return c.packet(f.Payload, handle, at)
	}
	c.frag = append(c.frag, f.Payload...)
	if !f.Final {
		return nil
	}
	whole := c.frag
	c.frag = c.frag[:0]
	return c.packet(whole, handle, at)
}

func (c *Client) packet(b []byte, handle Handler, at time.Time) error {
	switch {
	case len(b) > 1 && b[0] == '4' && b[1] == '2':
		handle(c.id, b, at)
	case len(b) > 0 && b[0] == '2':
		return c.send([]byte("3"))
	}
	return nil
}
