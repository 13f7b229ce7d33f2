package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/coder/websocket"

	"gateway/pkg/socketio/parser"
)

// session is one connection, in the namespace.
type session struct {
	o       Options
	id      string
	ws      *websocket.Conn
	silence time.Duration // after which the server is taken for dead
	asm     parser.Assembler

	send1 sync.Mutex // a packet and its attachments stay together
}

// open connects and joins the namespace.
func (c *Client) open(ctx context.Context) (*session, error) {
	ctx, cancel := context.WithTimeout(ctx, c.o.Timeout)
	defer cancel()
	ws, _, err := websocket.Dial(ctx, c.url, &websocket.DialOptions{HTTPClient: c.o.HTTPClient, HTTPHeader: c.o.Header})
	if err != nil {
		return nil, fmt.Errorf("socketio client: %w", err)
	}
	ws.SetReadLimit(c.o.MaxPayload)
	s := &session{o: c.o, ws: ws, asm: parser.Assembler{Limits: parser.Limits{
		Namespace: math.MaxInt32, Attachments: math.MaxUint16, AttachmentBytes: c.o.MaxPayload,
	}}}
	if err := s.join(ctx); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// join waits for the open packet and joins the namespace.
func (s *session) join(ctx context.Context) error {
	var open struct{ PingInterval, PingTimeout int64 } // milliseconds
	_, b, err := s.ws.Read(ctx)
	if err != nil {
		return fmt.Errorf("socketio client: open: %w", err)
	}
	if len(b) == 0 || b[0] != '0' || json.Unmarshal(b[1:], &open) != nil || open.PingInterval <= 0 {
		return errors.New("socketio client: server does not begin with an open packet")
	}
	s.silence = time.Duration(open.PingInterval+open.PingTimeout) * time.Millisecond
	var p parser.Payload
	if s.o.Auth != nil {
		if p.Body, err = json.Marshal(s.o.Auth); err != nil {
			return fmt.Errorf("socketio client: auth: %w", err)
		}
	}
	if err := s.send(ctx, parser.Packet{Type: parser.Connect}, p); err != nil {
		return err
	}
	return s.answer(ctx)
}

// answer waits for the namespace's answer.
func (s *session) answer(ctx context.Context) error {
	for {
		w, err := s.next(ctx)
		if err != nil {
			return fmt.Errorf("socketio client: connect: %w", err)
		}
		if w == nil {
			continue
		}
		switch w.Type {
		case parser.Connect:
			var ok struct{ SID string }
			if err := json.Unmarshal(w.Data, &ok); err != nil {
				return fmt.Errorf("socketio client: connect packet: %w", err)
			}
			s.id = ok.SID
			return nil
		case parser.ConnectError:
			ce := &ConnectError{}
			if json.Unmarshal(w.Data, ce) != nil {
				ce.Message = string(w.Data)
			}
			return ce
		}
	}
}

// read gives each packet of the namespace to fn until the connection ends.
func (s *session) read(ctx context.Context, fn func(*session, *parser.Whole) error) error {
	for {
		limited, cancel := context.WithTimeout(ctx, s.silence)
		w, err := s.next(limited)
		cancel()
		if err == nil && w != nil {
			err = fn(s, w)
		}
		if err != nil {
			return err
		}
	}
}

// next reads one message. The result is nil unless it completes a packet of the namespace.
func (s *session) next(ctx context.Context) (*parser.Whole, error) {
	typ, b, err := s.ws.Read(ctx)
	if err != nil {
		return nil, err
	}
	if typ == websocket.MessageBinary {
		return s.ours(s.asm.Binary(b))
	}
	if len(b) == 0 {
		return nil, errors.New("empty packet")
	}
	switch b[0] {
	case '2':
		b[0] = '3'
		return nil, s.write(ctx, websocket.MessageText, b)
	case '1':
		return nil, errors.New("closed by the server")
	case '4':
		return s.ours(s.asm.Text(b[1:]))
	}
	return nil, nil
}

// ours leaves out packets of other namespaces.
func (s *session) ours(w *parser.Whole, err error) (*parser.Whole, error) {
	if err != nil || w == nil {
		return nil, err
	}
	name := "/"
	if len(w.Namespace) > 0 {
		name = string(w.Namespace)
	}
	if name != s.o.Namespace {
		return nil, nil
	}
	return w, nil
}

// send writes a packet and its attachments.
func (s *session) send(ctx context.Context, head parser.Packet, p parser.Payload) error {
	if s.o.Namespace != "/" {
		head.Namespace = []byte(s.o.Namespace)
	}
	text := append(p.AppendHead([]byte{'4'}, head), p.Body...)
	s.send1.Lock()
	defer s.send1.Unlock()
	if err := s.write(ctx, websocket.MessageText, text); err != nil {
		return fmt.Errorf("socketio client: send: %w", err)
	}
	for _, a := range p.Attachments {
		if err := s.write(ctx, websocket.MessageBinary, a); err != nil {
			return fmt.Errorf("socketio client: send attachment: %w", err)
		}
	}
	return nil
}

// write writes one message. It is not the caller's context that ends a write:
// that would end the connection with it.
func (s *session) write(ctx context.Context, typ websocket.MessageType, b []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.o.Timeout)
	defer cancel()
	return s.ws.Write(limited, typ, b)
}

// leave tells the server that the client goes.
func (s *session) leave() {
	s.send(context.Background(), parser.Packet{Type: parser.Disconnect}, parser.Payload{})
	s.write(context.Background(), websocket.MessageText, []byte{'1'})
}

func (s *session) close() { s.ws.CloseNow() }
