package broker

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"
)

const (
	writeTimeout = 30 * time.Second // for one chunk; a peer that takes longer is gone or hopeless
	closeTimeout = 2 * time.Second  // for what is still to be written when a connection is closed in good order

	hearOutTimeout = time.Second // for a peer that did wrong to read so
	writeChunk     = 64 << 10
	highWater      = 256 << 10 // waiting bytes above which a session holds its queued messages back
	overflow       = 2 << 20   // waiting bytes above which QoS 0 is dropped
	keptBuffer     = 4 << 10   // capacity an idle connection may keep
)

// conn is a client's connection with writes that never block: they append to a buffer, and a goroutine that lives only while
// there is something to write drains it. mochi and the session both write through it.
//
// The fields up to mu belong to the goroutine that reads the connection.
type conn struct {
	net.Conn
	counters  *counters
	gone      chan struct{} // closed when nothing is written any more
	listener  string
	request   *http.Request
	client    *mqtt.Client      // set once CONNECT was read
	emptyWill bool              // the will has no payload, which mochi would not take
	refusal   *packets.Code     // what CONNACK has to say instead of mochi's answer
	will      *will             // not published yet
	aliases   map[uint16]string // MQTT 5 topic aliases of the client
	subscribe *subscribing      // the SUBSCRIBE being answered
	publisher *publisher
	answers   answers
	rate      *rate                   // nil for any
	present   bool                    // CONNACK said that the session goes on
	left      bool                    // the session was told that the connection has ended
	session   atomic.Pointer[session] // set once CONNACK was sent; a connection that takes over reads it too

	mu       sync.Mutex
	out      []byte // to be written
	spare    []byte // an empty buffer to take out's place
	flushing bool
	closing  bool      // no more writes; close once out is drained
	closeBy  time.Time // when closing gives up
	dead     bool      // closed
	drained  func()    // called when all was written
	told     topicAliases
	lastWord bool // the peer was told what it did wrong, and is given time to read it
}

// Write queues p. It fails only on a connection that is closed, or whose peer takes nothing while asking for answers.
func (c *conn) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.closing || c.dead:
		return 0, net.ErrClosed
	case len(c.out) > overflow:
		c.abortLocked()
		return 0, fmt.Errorf("%d bytes wait for a peer that does not read: %w", len(c.out), net.ErrClosed)
	}
	c.out = append(c.out, p...)
	c.wakeLocked()
	return len(p), nil
}

// send queues one PUBLISH and reports whether there was room for it.
func (c *conn) send(o *outgoing, now age) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closing || c.dead || len(c.out) > overflow {
		return false
	}
	start, idAt, expiryAt := len(c.out), o.frame.idAt, o.frame.expiryAt
	if c.told.limit > 0 && o.frame.v5 {
		c.out, idAt, expiryAt = c.told.append(c.out, o.frame)
	} else {
		c.out = append(c.out, o.frame.bytes...)
	}
	o.patch(c.out[start:], idAt, expiryAt, now)
	c.wakeLocked()
	return true
}

// room reports whether more queued messages may be handed over.
func (c *conn) room() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.out) < highWater && !c.closing && !c.dead
}

// ended reports whether the connection is closed or about to be.
func (c *conn) ended() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.closing || c.dead
}

func (c *conn) wakeLocked() {
	if !c.flushing {
		c.flushing = true
		go c.flush()
	}
}

// flush writes until nothing is left.
func (c *conn) flush() {
	for {
		buf, drained := c.take()
		if buf == nil {
			return
		}
		if err := c.writeAll(buf); err != nil {
			c.abort()
		}
		c.giveBack(buf)
		if drained != nil {
			drained()
		}
	}
}

// take returns what waits to be written. With nothing left it ends the flushing, closes what was to be closed, and returns nil.
func (c *conn) take() ([]byte, func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.out) > 0 && !c.dead {
		buf := c.out
		c.out, c.spare = c.spare[:0], nil
		return buf, c.drained
	}
	c.flushing = false
	if cap(c.out) == 0 {
		c.out = c.spare[:0]
	}
	if c.spare = nil; cap(c.out) > keptBuffer {
		c.out = nil
	}
	if c.closing && !c.halfCloseLocked() {
		c.abortLocked()
	}
	return nil, nil
}

// giveBack keeps a written buffer for the next round.
func (c *conn) giveBack(buf []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if cap(buf) <= highWater {
		c.spare = buf
	}
}

func (c *conn) writeAll(p []byte) error {
	for len(p) > 0 {
		n := min(len(p), writeChunk)
		if err := c.Conn.SetWriteDeadline(c.writeBy()); err != nil {
			return err
		}
		if _, err := c.Conn.Write(p[:n]); err != nil {
			return err
		}
		c.counters.bytesOut.Add(uint64(n))
		p = p[n:]
	}
	return nil
}

func (c *conn) writeBy() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closing {
		return c.closeBy
	}
	return time.Now().Add(writeTimeout)
}

// SetDeadline is mochi's keepalive. It bounds reading only, and does not revive a connection that is being closed.
func (c *conn) SetDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closing || c.dead {
		return net.ErrClosed
	}
	return c.Conn.SetReadDeadline(t)
}

// Close ends the connection once what was written has gone out. The reader wakes up then: a websocket's does not do so
// without ending the connection.
func (c *conn) Close() error {
	c.mu.Lock()
	if c.closing || c.dead {
		c.mu.Unlock()
		return nil
	}
	c.closing, c.closeBy = true, time.Now().Add(closeTimeout)
	if c.flushing {
		_ = c.Conn.SetWriteDeadline(c.closeBy)
	} else {
		c.flushing = true
		go c.flush()
	}
	c.mu.Unlock()
	return nil
}

// halfCloseLocked says that nothing more will be written, where a last word was, and reports whether it did. Were the connection
// closed while the peer still writes, the system would answer with a reset, on which a peer may lose the last word.
func (c *conn) halfCloseLocked() bool {
	tcp, ok := c.Conn.(*net.TCPConn) // TLS would write, and wait for a peer that does not read
	return c.lastWord && ok && tcp.CloseWrite() == nil
}

// hearOut takes what the peer still writes after the last word, until it has read it and closes, and then closes. It is for the
// goroutine that has read the connection.
func (c *conn) hearOut() {
	c.mu.Lock()
	wait := c.lastWord && !c.dead
	if wait {
		_ = c.Conn.SetReadDeadline(time.Now().Add(hearOutTimeout))
	}
	c.mu.Unlock()
	if wait {
		_, _ = io.Copy(io.Discard, c.Conn)
		c.abort()
	}
}

// saysLast notes that the peer was told what it did wrong.
func (c *conn) saysLast() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lastWord = true
}

// abort ends the connection now.
func (c *conn) abort() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.abortLocked()
}

func (c *conn) abortLocked() {
	if c.dead {
		return
	}
	c.dead, c.out = true, nil
	close(c.gone)
	_ = c.Conn.SetReadDeadline(time.Unix(1, 0))
	go c.Conn.Close() // TLS and websocket say goodbye first, which may take seconds
}

// ack writes a PUBACK, PUBREC, PUBREL or PUBCOMP. MQTT 5 clients get the reason when there is one.
func (c *conn) ack(kind byte, id uint16, v5 bool, reason byte) {
	b := [5]byte{kind << 4, 2}
	if kind == packets.Pubrel {
		b[0] |= 2
	}
	binary.BigEndian.PutUint16(b[2:], id)
	n := 4
	if v5 && reason != 0 {
		b[1], b[4], n = 3, reason, 5
	}
	_, _ = c.Write(b[:n]) // a closed connection shows itself to its reader
}
