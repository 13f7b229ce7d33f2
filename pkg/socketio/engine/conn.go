package engine

import (
	"net"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Conn is one client's session, on whichever transport.
type Conn struct {
	// User belongs to the [Handler], which may set it in Open.
	User any

	srv   *Server
	shard *shard
	id    string
	req   *Request

	recv sync.Mutex // serializes Handler.Message
	beat heartbeat

	mu     sync.Mutex
	legacy legacy // set before anything is sent, but for base64
	state  connState
	reason Reason
	queue  queue
	dirty  bool // in the shard's list
	busy   bool // a goroutine of its own writes, since the socket took no more
	nc     net.Conn
	raw    syscall.RawConn // of nc, when it can be written without blocking
	poll   *polling        // nil once on a websocket
}

type connState uint8

const (
	stateOpen    connState = iota
	stateClosing           // what is queued is still being written
	stateClosed
)

// Request is what is kept of the request that opened a connection.
type Request struct {
	Header     http.Header // without what concerns the transport only
	Query      url.Values  // without Engine.IO's own keys
	RemoteAddr string      // "host:port"
	Host       string
	Secure     bool
	Time       time.Time
	Data       any // from [Options.Authorize]
}

// ID returns the session's id, 20 characters.
func (c *Conn) ID() string { return c.id }

// Request returns the handshake request; do not modify it.
func (c *Conn) Request() *Request { return c.req }

// Websocket reports whether the connection is on a websocket by now.
func (c *Conn) Websocket() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.poll == nil
}

// Send queues a frame. It reports false if the connection is closed, or is
// closed by this because its queue is full; it never blocks.
func (c *Conn) Send(f *Frame) bool { return c.SendWith(f, Mode{}) }

// Mode says what may be done with a frame whose receiver is behind.
type Mode struct {
	Key      string // once the queue is full, it replaces a waiting frame with the same key; "" for none
	Volatile bool   // it is dropped when the socket accepts no more bytes for now, or the queue is full
}

// SendWith is [Conn.Send] with a mode.
func (c *Conn) SendWith(f *Frame, m Mode) bool {
	c.mu.Lock()
	if c.legacy.on {
		f = f.in3(c.legacy.base64)
	}
	ok := c.admit(f, m)
	wake := ok && c.push(f, m.Key)
	full := !ok && c.state == stateOpen && !m.Volatile
	c.mu.Unlock()
	if wake {
		c.shard.mark(c)
	}
	if full {
		c.shut(SlowConsumer)
	}
	return ok
}

// admit decides whether the frame may be queued, with c.mu held.
func (c *Conn) admit(f *Frame, m Mode) bool {
	if c.state != stateOpen {
		return false
	}
	behind := c.behind()
	if m.Volatile && behind {
		c.srv.stats.drop(&c.srv.stats.volatile)
		return false
	}
	if c.room(f.Len(), m.Key) {
		return true
	}
	if m.Volatile {
		c.srv.stats.drop(&c.srv.stats.volatile)
	} else {
		c.srv.stats.drop(&c.srv.stats.slow)
	}
	return false
}

// room reports whether the queue takes n more bytes. Where it does not, it is conflated first, and stays so until something is
// written: of the frames with the same key only the newest waits.
func (c *Conn) room(n int, key string) bool {
	q := &c.queue
	if q.conflated() {
		c.srv.stats.conflated.Add(q.supersede(key))
	}
	if q.fits(n, c.srv.o.MaxQueueBytes, c.srv.o.MaxQueuePackets) {
		return true
	}
	if q.conflated() {
		return false
	}
	c.srv.stats.conflated.Add(q.conflate() + q.supersede(key))
	return q.fits(n, c.srv.o.MaxQueueBytes, c.srv.o.MaxQueuePackets)
}

// behind reports whether the receiver takes nothing at the moment.
func (c *Conn) behind() bool {
	return c.busy || c.poll != nil && !c.poll.waiting()
}

// push queues the frame and reports whether the shard must be told.
func (c *Conn) push(f *Frame, key string) bool {
	c.queue.push(f, key)
	if c.poll != nil {
		c.poll.wake()
		return false
	}
	if c.dirty || c.busy {
		return false
	}
	c.dirty = true
	return true
}

// Reserve counts n bytes, kept elsewhere for this connection, against its
// queue's bounds until [Conn.Unreserve]. It reports false as [Conn.Send] does.
func (c *Conn) Reserve(n int) bool {
	c.mu.Lock()
	ok := c.state == stateOpen
	full := ok && !c.queue.fits(n, c.srv.o.MaxQueueBytes, c.srv.o.MaxQueuePackets)
	if ok && !full {
		c.queue.bytes += n
		c.queue.reserved++
		c.queue.reservedBytes += n
	}
	c.mu.Unlock()
	if full {
		c.srv.stats.drop(&c.srv.stats.slow)
		c.shut(SlowConsumer)
	}
	return ok && !full
}

// Fits reports whether Reserve would succeed.
func (c *Conn) Fits(n int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.queue.fits(n, c.srv.o.MaxQueueBytes, c.srv.o.MaxQueuePackets)
}

// Unreserve gives back what one Reserve took.
func (c *Conn) Unreserve(n int) {
	c.mu.Lock()
	c.queue.bytes -= n
	c.queue.reserved--
	c.queue.reservedBytes -= n
	c.mu.Unlock()
}

// Close closes the connection after what is queued has been written, for at
// most a few seconds. It does not wait.
func (c *Conn) Close(reason Reason) { c.shut(reason) }

// Closed reports whether the connection is closed or closing.
func (c *Conn) Closed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state != stateOpen
}

// queued returns how many bytes wait to be written.
func (c *Conn) queued() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.queue.bytes
}

// heartbeat is a connection's place in the server's wheel.
type heartbeat struct {
	prev, next *Conn
	slot       int          // -1 when in none
	due        int64        // ns since the wheel began, when the next step is
	pinged     bool         // a ping waits for its answer
	sent       int64        // when that was, same clock
	heard      atomic.Int64 // when the last pong came, same clock
}
