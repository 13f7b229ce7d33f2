package socketio

import (
	"encoding/json"
	"net/url"
	"slices"
	"sync"
	"time"

	"gateway/pkg/socketio/engine"
	"gateway/pkg/socketio/parser"
)

// connection is the sockets of one Engine.IO connection.
type connection struct {
	srv  *Server
	conn *engine.Conn
	asm  parser.Assembler // guarded by the engine, which gives one message at a time

	mu      sync.Mutex
	sockets []*Socket   // connecting or connected, one per namespace
	timeout *time.Timer // closes a connection without sockets; nil while there are some
	ever    bool        // whether there was a socket, or would have been
	asked   asked       // of what a client of revision 4 has asked to join
	closed  bool
	alive   int           // sockets whose work is not over; they may have left
	space   chan struct{} // closed when there is one less; nil when nobody waits
}

// connections receives what the engine has to tell.
type connections struct{ srv *Server }

// Open implements [engine.Handler].
func (cs connections) Open(conn *engine.Conn) {
	c := &connection{srv: cs.srv, conn: conn, asm: parser.Assembler{Limits: cs.srv.limits}}
	conn.User = c
	c.mu.Lock()
	c.arm()
	c.mu.Unlock()
}

// Message implements [engine.Handler].
func (cs connections) Message(conn *engine.Conn, data []byte, binary bool) engine.Reason {
	err := conn.User.(*connection).message(data, binary)
	switch err {
	case nil:
		return ""
	case parser.ErrTooLarge:
		return engine.PayloadTooLarge
	}
	cs.srv.o.Logger.Debug("bad packet", "conn", conn.ID(), "err", err)
	return engine.ParseError
}

// message acts on a message, which may be a part of a packet.
func (c *connection) message(data []byte, binary bool) error {
	take := c.asm.Text
	if binary {
		take = c.asm.Binary
	}
	w, err := take(data)
	if err != nil || w == nil {
		return err
	}
	var query url.Values
	if w.Type == parser.Connect && c.legacy() {
		if query, err = connectQuery(data); err != nil {
			return err
		}
	}
	return c.receive(w, query)
}

// Close implements [engine.Handler].
func (cs connections) Close(conn *engine.Conn, reason engine.Reason) {
	c := conn.User.(*connection)
	c.mu.Lock()
	c.closed = true
	c.disarm()
	c.wake()
	all := c.sockets
	c.sockets = nil
	c.mu.Unlock()
	for _, s := range all {
		s.end(Reason(reason))
	}
}

// arm starts the time in which the client must join a namespace, with c.mu held.
func (c *connection) arm() {
	c.timeout = time.AfterFunc(c.srv.o.ConnectTimeout, func() { c.conn.Close(engine.Reason(ReasonConnectTimeout)) })
}

func (c *connection) disarm() {
	if c.timeout != nil {
		c.timeout.Stop()
		c.timeout = nil
	}
}

// find returns the socket in the namespace, or nil.
func (c *connection) find(namespace string) *Socket {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.sockets {
		if s.hs.Namespace == namespace {
			return s
		}
	}
	return nil
}

// receive acts on a packet; the query is that of a namespace to join.
func (c *connection) receive(w *parser.Whole, query url.Values) error {
	name := "/"
	if len(w.Namespace) > 0 {
		name = string(w.Namespace)
	}
	s := c.find(name)
	if w.Type == parser.Connect {
		c.note(name)
		if c.connectedAlready(s, query) {
			return nil
		}
		if s != nil {
			// The client has forgotten that it is connected, or was too impatient.
			s.leave(ReasonClientDisconnect)
		}
		c.connect(name, w.Data, query)
		return nil
	}
	if s == nil {
		return c.stray()
	}
	switch w.Type {
	case parser.Disconnect:
		s.leave(ReasonClientDisconnect)
		return nil
	case parser.Event, parser.BinaryEvent:
		return s.receiveEvent(w)
	case parser.Ack, parser.BinaryAck:
		return s.receiveAck(w)
	}
	return parser.ErrType
}

// stray judges a packet for a namespace that the connection is not in. It may
// have crossed with a disconnection, but not where there was no connection.
func (c *connection) stray() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.ever {
		return parser.ErrUnexpected
	}
	c.srv.strays.Add(1)
	return nil
}

// await returns when the connection may have one more socket. Those that have
// left count as long as something is done for them: who joins and leaves faster
// than that is not read meanwhile.
func (c *connection) await() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for !c.closed && c.alive >= 2*c.srv.o.MaxNamespaces {
		if c.space == nil {
			c.space = make(chan struct{})
		}
		space := c.space
		c.mu.Unlock()
		<-space
		c.mu.Lock()
	}
}

// wake tells await to look again, with c.mu held.
func (c *connection) wake() {
	if c.space != nil {
		close(c.space)
		c.space = nil
	}
}

// settle is the last work of a socket.
func (c *connection) settle() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.alive--
	c.wake()
}

// connect makes a socket, which joins its namespace as its first piece of work.
func (c *connection) connect(name string, auth json.RawMessage, query url.Values) {
	c.await()
	s := newSocket(c, name, auth)
	s.hs.Query = withQuery(s.hs.Query, query)
	s.noRecovery.Store(c.legacy())
	c.mu.Lock()
	c.ever = true
	closed, full := c.closed, len(c.sockets) >= c.srv.o.MaxNamespaces
	if !closed && !full {
		c.sockets = append(c.sockets, s)
		c.alive++
	}
	c.mu.Unlock()
	switch {
	case closed:
	case full:
		c.refuse(name, &ConnectError{Message: string(ReasonTooManyNamespaces)})
	default:
		s.work.add(job{do: s.connect}, 0)
	}
}

// joined ends the time in which the client must join a namespace, unless the
// socket has left already.
func (c *connection) joined(s *Socket) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if slices.Contains(c.sockets, s) {
		c.disarm()
	}
}

// drop removes a socket; without any the client has to join anew in time.
func (c *connection) drop(s *Socket) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, o := range c.sockets {
		if o == s {
			c.sockets = append(c.sockets[:i:i], c.sockets[i+1:]...)
			break
		}
	}
	if len(c.sockets) == 0 && !c.closed && c.timeout == nil {
		c.arm()
	}
}

// refuse tells the client that it may not join a namespace.
func (c *connection) refuse(name string, ce *ConnectError) {
	if c.legacy() {
		c.refuseLegacy(name, ce)
		return
	}
	body := struct {
		Message string `json:"message"`
		Data    any    `json:"data,omitempty"`
	}{ce.Message, ce.Data}
	b, err := json.Marshal(body)
	if err != nil {
		c.srv.o.Logger.Warn("connect error does not marshal", "namespace", name, "err", err)
		body.Data = nil
		b, _ = json.Marshal(body)
	}
	c.conn.Send(control(parser.ConnectError, name, b))
}

// control returns the frame of a packet that is no event.
func control(t parser.Type, namespace string, body []byte) *engine.Frame {
	var head [64]byte
	return engine.NewFrame(parser.AppendHead(head[:0], parser.Packet{Type: t, Namespace: []byte(namespace)}), body)
}
