package client

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"gateway/pkg/socketio/parser"
)

// Event is an event from the server.
type Event struct {
	Name string
	Args []Arg // what followed the name

	c     *Client
	s     *session
	id    uint64
	ack   bool
	acked atomic.Bool
}

// HasAck reports whether the server asked for an acknowledgement.
func (e *Event) HasAck() bool { return e.ack }

// Ack answers the event, once; args as in [parser.Encode]. It does nothing when
// the server asked for no answer.
func (e *Event) Ack(args ...any) error {
	if !e.ack || e.acked.Load() {
		return nil
	}
	p, err := parser.Encode("", args...)
	if err != nil {
		return fmt.Errorf("socketio client: ack of %q: %w", e.Name, err)
	}
	if e.acked.Swap(true) {
		return nil
	}
	return e.s.send(e.c.ctx, parser.Packet{Type: parser.Ack, ID: e.id, HasID: true}, p)
}

// On calls fn for each event with the name. The context ends with the client.
func (c *Client) On(event string, fn func(ctx context.Context, e *Event)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	fns := c.handlers[event]
	c.handlers[event] = append(fns[:len(fns):len(fns)], fn)
}

// Emit sends an event; args as in [parser.Encode].
func (c *Client) Emit(event string, args ...any) error {
	p, err := encode(event, args)
	if err != nil {
		return err
	}
	c.mu.Lock()
	s := c.session
	c.mu.Unlock()
	if s == nil {
		return c.notConnected()
	}
	return s.send(c.ctx, parser.Packet{Type: parser.Event}, p)
}

func encode(event string, args []any) (parser.Payload, error) {
	if event == "" || parser.Reserved(event) {
		return parser.Payload{}, fmt.Errorf("socketio client: event name %q is reserved", event)
	}
	p, err := parser.Encode(event, args...)
	if err != nil {
		return p, fmt.Errorf("socketio client: event %q: %w", event, err)
	}
	return p, nil
}

func (c *Client) notConnected() error {
	if c.ctx.Err() != nil {
		return ErrClosed
	}
	return ErrNotConnected
}

// Call sends an event and returns the arguments of its acknowledgement. The
// error is [ErrTimeout] when the context's deadline passes, and
// [ErrNotConnected] when the connection is lost meanwhile.
func (c *Client) Call(ctx context.Context, event string, args ...any) ([]Arg, error) {
	p, err := encode(event, args)
	if err != nil {
		return nil, err
	}
	s, id, answer := c.expect()
	if s == nil {
		return nil, c.notConnected()
	}
	defer c.forget(id)
	if err := s.send(ctx, parser.Packet{Type: parser.Event, ID: id, HasID: true}, p); err != nil {
		return nil, err
	}
	select {
	case args, ok := <-answer:
		if !ok {
			return nil, c.notConnected()
		}
		return args, nil
	case <-ctx.Done():
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return nil, ErrTimeout
		}
		return nil, ctx.Err()
	}
}

// expect prepares for an acknowledgement.
func (c *Client) expect() (*session, uint64, chan []Arg) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lastCall++
	ch := make(chan []Arg, 1)
	if c.session != nil {
		c.calls[c.lastCall] = ch
	}
	return c.session, c.lastCall, ch
}

func (c *Client) forget(id uint64) {
	c.mu.Lock()
	delete(c.calls, id)
	c.mu.Unlock()
}

// receive acts on a packet of the namespace.
func (c *Client) receive(s *session, w *parser.Whole) error {
	elements := parser.Elements(nil, w.Data)
	switch w.Type {
	case parser.Disconnect:
		return ErrDisconnected
	case parser.Event, parser.BinaryEvent:
		return c.event(s, w, elements)
	case parser.Ack, parser.BinaryAck:
		args, err := parser.Args(elements, w.Binaries)
		if err != nil {
			return err
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		if ch, ok := c.calls[w.ID]; ok {
			delete(c.calls, w.ID)
			ch <- args
		}
	}
	return nil
}

// event queues an event for its functions.
func (c *Client) event(s *session, w *parser.Whole, elements [][]byte) error {
	name, err := parser.EventName(elements)
	if err != nil {
		return err
	}
	args, err := parser.Args(elements[1:], w.Binaries)
	if err != nil {
		return err
	}
	e := &Event{Name: name, Args: args, c: c, s: s, id: w.ID, ack: w.HasID}
	c.mu.Lock()
	fns := c.handlers[name]
	c.mu.Unlock()
	for _, fn := range fns {
		c.do(func() { fn(c.ctx, e) })
	}
	return nil
}
