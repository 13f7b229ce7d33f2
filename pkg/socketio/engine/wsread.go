package engine

import (
	"errors"
	"io"
	"net"

	"gateway/pkg/socketio/internal/wsframe"
)

// wsReader reads the websocket of a connection until it ends.
type wsReader struct {
	c   *Conn
	nc  net.Conn
	src source
	dec wsframe.Decoder
	// probing is set until a polling session has moved here.
	probing bool
	base64  bool // that session takes no binary here
	// code closes the websocket, where it is not the reason's; 0 otherwise.
	code wsframe.CloseCode
	// discard is set once the connection is closing: what comes is not looked at.
	discard bool
}

// run reads until the end; head is what came before.
func (r *wsReader) run(head []byte) {
	r.feed(head)
	for {
		b, err := r.src.next()
		if err != nil {
			r.src.done()
			r.c.closeWebsocket(r.nc, r.ending(err))
			return
		}
		r.feed(b)
		r.src.done()
	}
}

// ending names the reason of a read error.
func (r *wsReader) ending(err error) Reason {
	if errors.Is(err, io.EOF) {
		return TransportClose
	}
	return TransportError
}

// feed handles what the bytes complete.
func (r *wsReader) feed(b []byte) {
	if r.discard || len(b) == 0 {
		return
	}
	r.dec.Feed(b)
	for {
		m, ok, err := r.dec.Next()
		if err != nil {
			r.code = codeOf(err)
			r.stop(reasonOf(err))
			return
		}
		if !ok {
			break
		}
		if reason := r.handle(m); reason != "" {
			r.stop(reason)
			return
		}
	}
	if !r.probing && r.c.Closed() {
		r.discard = true
	}
}

// stop closes the connection and looks at nothing that comes after.
func (r *wsReader) stop(reason Reason) {
	r.discard = true
	r.dec = wsframe.Decoder{}
	if r.probing {
		return
	}
	if r.code == 0 {
		r.code = reason.closeCode()
	}
	r.c.endWith(reason, true, r.code)
}

// reasonOf names the reason of a violation of the websocket protocol.
func reasonOf(err error) Reason {
	switch {
	case errors.Is(err, wsframe.ErrMessageTooLarge):
		return PayloadTooLarge
	case errors.Is(err, wsframe.ErrInvalidUTF8):
		return ParseError
	}
	return TransportError
}

// codeOf returns the code for a violation of the websocket protocol.
func codeOf(err error) wsframe.CloseCode {
	switch {
	case errors.Is(err, wsframe.ErrMessageTooLarge):
		return wsframe.CloseTooLarge
	case errors.Is(err, wsframe.ErrInvalidUTF8):
		return wsframe.CloseInvalidData
	}
	return wsframe.CloseProtocolError
}

// handle acts on one message and returns a reason to close.
func (r *wsReader) handle(m wsframe.Message) Reason {
	switch m.Opcode {
	case wsframe.Ping:
		return r.pong(m.Payload)
	case wsframe.Pong:
		return ""
	case wsframe.Close:
		return r.closed(m.Payload)
	}
	if r.probing {
		return r.probe(m)
	}
	return r.message(m)
}

// closed judges the peer's close frame, whose code is echoed.
func (r *wsReader) closed(payload []byte) Reason {
	code, err := wsframe.ParseClose(payload)
	if err != nil {
		r.code = codeOf(err)
		return TransportError
	}
	if len(payload) > 0 {
		r.code = code
	}
	return TransportClose
}

// pong answers a ping of the websocket protocol.
func (r *wsReader) pong(payload []byte) Reason {
	wire := wsframe.AppendHeader(make([]byte, 0, wsframe.MaxHeader+len(payload)), wsframe.Pong, len(payload))
	wire = append(wire, payload...)
	if !r.probing {
		r.c.Send(controlFrame(wire))
	} else if _, err := r.nc.Write(wire); err != nil {
		return TransportError
	}
	return ""
}

// message acts on a data message of an open session.
func (r *wsReader) message(m wsframe.Message) Reason {
	p, err := r.c.decodeMessage(m)
	if err != nil {
		return ParseError
	}
	return r.c.receive(p)
}

// receive acts on a packet and returns a reason to close.
func (c *Conn) receive(p packet) Reason {
	c.srv.stats.in(len(p.data) + 1)
	if c.legacy.on {
		c.beat.heard.Store(c.srv.wheel.clock())
	}
	switch p.typ {
	case message:
		c.recv.Lock()
		defer c.recv.Unlock()
		return c.srv.handler.Message(c, p.data, p.binary)
	case ping, pong:
		return c.beats(p.typ)
	case closing:
		return TransportClose
	case noop, upgrade:
		return ""
	}
	// Only the server opens.
	return ParseError
}
