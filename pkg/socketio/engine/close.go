package engine

import (
	"net"
	"time"

	"gateway/pkg/socketio/internal/wsframe"
)

const (
	// closeGrace is how long what is queued may take once a connection closes.
	closeGrace = 5 * time.Second
	// shutdownGrace is how long a server that shuts down waits for a polling
	// client to fetch what is queued.
	shutdownGrace = time.Second
	// closeDrain is how long a closed websocket is read, so that the peer gets
	// what was sent last instead of a reset.
	closeDrain = time.Second
)

// shut closes the connection, telling the peer where that makes sense.
func (c *Conn) shut(reason Reason) { c.end(reason, !reason.abrupt()) }

// fail closes the connection at once, even where it is closing already.
func (c *Conn) fail(reason Reason) {
	c.end(reason, false)
	c.abort()
}

// end closes the connection, once. If orderly, what is queued is written before.
func (c *Conn) end(reason Reason, orderly bool) { c.endWith(reason, orderly, reason.closeCode()) }

// endWith is end with the code that a websocket is closed with.
func (c *Conn) endWith(reason Reason, orderly bool, code wsframe.CloseCode) {
	c.mu.Lock()
	if c.state != stateOpen {
		c.mu.Unlock()
		return
	}
	c.reason = reason
	if c.poll != nil {
		orderly = orderly && c.poll.lingers(reason, !c.queue.empty())
	}
	c.state = stateClosed
	if orderly {
		c.state = stateClosing
	}
	wake := orderly && c.pushClose(reason, code)
	if c.busy {
		c.nc.SetWriteDeadline(time.Now().Add(closeGrace))
	}
	// Under the lock, so that it comes before forget.
	c.srv.ended(c, reason)
	c.mu.Unlock()
	if wake {
		c.shard.mark(c)
	}
	if !orderly {
		c.abort()
	}
}

// pushClose arranges that the peer is told after all that is queued, and
// reports whether the shard must know. By polling it is told in an answer of its own:
// JavaScript clients act on the end of a session before they act on packets in the same answer.
func (c *Conn) pushClose(reason Reason, code wsframe.CloseCode) bool {
	if c.poll == nil {
		return c.push(controlFrame(wsframe.AppendClose(nil, code)), "")
	}
	grace := closeGrace
	if reason == ServerShutdown {
		grace = shutdownGrace
	}
	time.AfterFunc(grace, c.abort)
	c.poll.wake()
	return false
}

// abort ends a connection that is closing: nothing is written any more.
func (c *Conn) abort() {
	c.mu.Lock()
	c.state = stateClosed
	c.queue.reset()
	nc, raw := c.nc, c.raw
	if c.poll != nil {
		c.poll.wake()
		if c.poll.probe != nil {
			c.poll.probe.Close()
		}
	}
	c.mu.Unlock()
	switch {
	case nc == nil:
	case raw != nil:
		nc.Close()
	default:
		// By TLS it may wait to say goodbye, and the caller may hold locks.
		c.srv.closeSlowly(nc)
	}
	c.srv.forget(c)
}

// finish ends a websocket once everything is written. The reader closes it
// when the peer has done the same, or soon.
func (c *Conn) finish() {
	c.mu.Lock()
	c.state = stateClosed
	c.queue.reset()
	nc := c.nc
	c.mu.Unlock()
	c.srv.forget(c)
	half, ok := nc.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil {
		nc.Close()
		return
	}
	nc.SetReadDeadline(time.Now().Add(closeDrain))
}

// closeWebsocket is the reader's last act.
func (c *Conn) closeWebsocket(nc net.Conn, reason Reason) {
	c.end(reason, false)
	c.abort()
	nc.Close()
}
