package broker

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/mochi-mqtt/server/v2/listeners"
	"github.com/mochi-mqtt/server/v2/packets"
)

// listener accepts connections for mochi. Unlike mochi's own it survives a panic in the handling of one connection, bounds
// connections before their CONNECT too, and gives each its CONNECT timeout.
type listener struct {
	id    string
	b     *Broker
	ln    net.Listener
	open  chan struct{} // closed when clients may be served
	web   *http.Server  // nil for plain MQTT
	serve listeners.EstablishFn
	live  *atomic.Int64 // connections of all listeners
}

// listen binds every configured address.
func (b *Broker) listen() error {
	live := new(atomic.Int64)
	for _, l := range []struct{ id, addr, key string }{
		{ListenerTCP, b.opts.Listen, "mqtt.listen"},
		{ListenerWebsocket, b.opts.WebsocketListen, "mqtt.websocket_listen"},
		{ListenerTLS, b.opts.TLSListen, "mqtt.tls_listen"},
	} {
		if l.addr == "" {
			continue
		}
		if l.id == ListenerTLS && b.opts.TLS == nil {
			return fmt.Errorf("%s = %q needs a certificate and key", l.key, l.addr)
		}
		ln, err := net.Listen("tcp", l.addr)
		if errors.Is(err, syscall.EADDRINUSE) {
			return fmt.Errorf("%s: port %s is in use by another program", l.key, portOf(l.addr))
		}
		if err != nil {
			return fmt.Errorf("%s: %w", l.key, err)
		}
		if l.id == ListenerTLS {
			ln = tls.NewListener(ln, b.opts.TLS)
		}
		bound := &listener{id: l.id, b: b, ln: ln, open: make(chan struct{}), live: live}
		if l.id == ListenerWebsocket {
			bound.web = bound.newWeb()
		}
		b.listeners = append(b.listeners, bound)
	}
	return nil
}

func portOf(addr string) string {
	if _, port, err := net.SplitHostPort(addr); err == nil {
		return port
	}
	return addr
}

// hostOf is a peer's address without its port, so that one peer is one source.
func hostOf(a net.Addr) string {
	if host, _, err := net.SplitHostPort(a.String()); err == nil {
		return host
	}
	return a.String()
}

func (b *Broker) closeListeners() {
	for _, l := range b.listeners {
		_ = l.ln.Close()
	}
}

// The methods by which mochi knows a listener.

func (l *listener) Init(*slog.Logger) error { return nil }
func (l *listener) ID() string              { return l.id }
func (l *listener) Address() string         { return l.ln.Addr().String() }
func (l *listener) Protocol() string        { return l.id }

// Serve accepts until the listener is closed.
func (l *listener) Serve(serve listeners.EstablishFn) {
	<-l.open
	l.serve = serve
	if l.id == ListenerWebsocket {
		_ = l.web.Serve(l.ln) // it returns when the listener is closed
		return
	}
	for {
		nc, err := l.ln.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil { // out of file descriptors: others will be closed
			time.Sleep(50 * time.Millisecond)
			continue
		}
		go l.handle(nc, nil)
	}
}

// Close stops listening. The clients are not left to mochi, which deadlocks on its own list of them while they leave.
func (l *listener) Close(listeners.CloseFn) {
	_ = l.ln.Close()
	if l.web != nil {
		_ = l.web.Close()
	}
}

// handle serves one connection until it ends.
func (l *listener) handle(nc net.Conn, r *http.Request) {
	c := &conn{Conn: nc, listener: l.id, request: r, counters: &l.b.count, gone: make(chan struct{})}
	if !l.b.admitConnection(c) {
		c.abort()
		return
	}
	defer l.b.releaseConnection(c)
	defer l.live.Add(-1)
	if l.live.Add(1) > int64(l.b.opts.MaxConnections)+64 { // some of them have yet to say CONNECT
		l.b.dropped("connections", hostOf(nc.RemoteAddr()))
		c.abort()
		return
	}
	defer func() {
		if v := recover(); v != nil {
			l.b.log.Error("mqtt connection failed", "remote", nc.RemoteAddr().String(), "panic", v)
			l.b.dropped("panic", hostOf(nc.RemoteAddr()))
			c.abort()
		}
		l.b.abandon(c)
		_ = c.Close()
		c.hearOut()
		<-c.gone // the last words are out, or it took too long
	}()
	_ = c.SetDeadline(time.Now().Add(l.b.opts.ConnectTimeout))
	l.ended(c, l.serve(l.id, c))
}

// admitConnection counts a connection among those that mochi waits for when it closes. mochi counts too, but may do so while
// it is waiting already. It reports false when the broker is closing.
func (b *Broker) admitConnection(c *conn) bool {
	b.gate.Lock()
	defer b.gate.Unlock()
	if !b.closing {
		b.server.Listeners.ClientsWg.Add(1)
		b.conns[c] = struct{}{}
	}
	return !b.closing
}

func (b *Broker) releaseConnection(c *conn) {
	b.gate.Lock()
	delete(b.conns, c)
	b.gate.Unlock()
	b.server.Listeners.ClientsWg.Done()
}

// disconnectAll tells every client that the broker closes, and closes every connection.
func (b *Broker) disconnectAll() {
	b.closeListeners()
	for _, cl := range b.server.Clients.GetAll() {
		if !cl.Closed() {
			_ = b.server.DisconnectClient(cl, packets.ErrServerShuttingDown)
		}
	}
	b.gate.Lock()
	defer b.gate.Unlock()
	for c := range b.conns {
		_ = c.Close() // those that had not said CONNECT
	}
}

// ended counts connections that ended for a reason worth knowing.
func (l *listener) ended(c *conn, err error) {
	var code packets.Code
	var timeout net.Error
	switch source := hostOf(c.RemoteAddr()); {
	case err == nil, c.refusal != nil:
	case errors.Is(err, packets.ErrServerBusy):
		l.b.dropped("connections", source)
	case errors.Is(err, packets.ErrRejectPacket), errors.Is(err, packets.CodeDisconnectWillMessage):
	case errors.As(err, &code):
		l.b.dropped("malformed", source)
	case c.client == nil && errors.As(err, &timeout) && timeout.Timeout():
		l.b.dropped("connect_timeout", source)
	}
}
