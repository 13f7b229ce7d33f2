package engine

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
)

// ErrServerClosed is returned by a server that was closed.
var ErrServerClosed = errors.New("engine: server is closed")

// Server accepts connections. It is an [net/http.Handler].
type Server struct {
	o       Options
	handler Handler
	wheel   *wheel
	shards  []*shard
	next    atomic.Uint32
	stats   stats
	buffers sync.Pool
	ping    *Frame
	pong    *Frame // for clients that ping

	start   sync.Once
	done    chan struct{}
	readers sync.WaitGroup // readers, slow writers and calls of Handler.Close
	writers sync.WaitGroup // shards and the wheel

	mu      sync.Mutex
	conns   map[string]*Conn
	closed  bool
	emptied bool
	empty   chan struct{} // closed once there is no connection any more, after Close
}

// New returns a server. Its goroutines start with the first connection and end
// with [Server.Close].
func New(o Options, h Handler) *Server {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	s := &Server{
		o: o, handler: h,
		buffers: sync.Pool{New: newBuffer},
		ping:    packetFrame(ping, ""),
		pong:    packetFrame(pong, ""),
		done:    make(chan struct{}),
		empty:   make(chan struct{}),
		conns:   make(map[string]*Conn),
	}
	s.wheel = newWheel(s)
	for range o.Shards {
		s.shards = append(s.shards, newShard(s))
	}
	return s
}

// launch starts the goroutines that all connections share.
func (s *Server) launch() {
	s.writers.Go(func() { s.wheel.run(s.done) })
	for _, sh := range s.shards {
		s.writers.Go(func() { sh.run(s.done) })
	}
}

// newConn returns a connection that the server does not know yet.
func (s *Server) newConn(r *Request) *Conn {
	sh := s.shards[int(s.next.Add(1))%len(s.shards)]
	c := &Conn{srv: s, shard: sh, id: NewID(), req: r}
	c.beat.slot = -1
	return c
}

// add tells the handler of a connection, makes it known and starts its heartbeat.
func (s *Server) add(c *Conn) error {
	s.handler.Open(c)
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		go s.handler.Close(c, ServerShutdown)
		return ErrServerClosed
	}
	s.start.Do(s.launch)
	s.conns[c.id] = c
	s.mu.Unlock()
	s.wheel.add(c, c.firstStep())
	if g, ok := s.handler.(Greeter); ok {
		g.Greet(c)
	}
	return nil
}

// goReader runs a connection's reader, unless the server is closed.
func (s *Server) goReader(fn func()) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.readers.Go(fn)
	return true
}

// closeSlowly closes a connection for which that may take long.
func (s *Server) closeSlowly(nc net.Conn) {
	if !s.goReader(func() { nc.Close() }) {
		go nc.Close()
	}
}

// ended is called once per connection, when it ceases to be open.
func (s *Server) ended(c *Conn, reason Reason) {
	s.wheel.remove(c)
	s.stats.ended(reason)
	s.readers.Go(func() { s.handler.Close(c, reason) })
}

// forget removes a connection that nothing is written to any more.
func (s *Server) forget(c *Conn) {
	s.mu.Lock()
	delete(s.conns, c.id)
	s.checkEmpty()
	s.mu.Unlock()
}

// checkEmpty tells Close when the last connection is gone.
func (s *Server) checkEmpty() {
	if s.closed && len(s.conns) == 0 && !s.emptied {
		s.emptied = true
		close(s.empty)
	}
}

// find returns the connection with the id, or nil.
func (s *Server) find(id string) *Conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.conns[id]
}

// snapshot returns the connections of the moment.
func (s *Server) snapshot() []*Conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]*Conn, 0, len(s.conns))
	for _, c := range s.conns {
		all = append(all, c)
	}
	return all
}

// Close refuses new connections, closes all there are, and waits until they
// are gone. When ctx ends first the rest is cut off and ctx's error returned.
func (s *Server) Close(ctx context.Context) error {
	s.mu.Lock()
	again := s.closed
	s.closed = true
	s.checkEmpty()
	s.mu.Unlock()
	if again {
		return ErrServerClosed
	}
	gone := make(chan struct{})
	go s.closeAll(gone)
	select {
	case <-gone:
		return nil
	case <-ctx.Done():
	}
	for _, c := range s.snapshot() {
		c.fail(ServerShutdown)
	}
	return ctx.Err()
}

// closeAll ends everything and closes gone once every goroutine has ended.
func (s *Server) closeAll(gone chan<- struct{}) {
	for _, c := range s.snapshot() {
		c.shut(ServerShutdown)
	}
	<-s.empty
	s.readers.Wait()
	close(s.done)
	s.writers.Wait()
	close(gone)
}

// NewID returns 20 random characters, safe in URLs.
func NewID() string {
	var b [15]byte
	rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}
