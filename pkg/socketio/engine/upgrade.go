package engine

import (
	"net"
	"net/http"
	"time"

	"gateway/pkg/socketio/internal/wsframe"
)

// upgradeWebsocket serves the websocket that a polling session wants to move to.
func (s *Server) upgradeWebsocket(w http.ResponseWriter, r *http.Request, c *Conn) {
	base64 := c.legacy.on && r.URL.Query().Get("b64") != ""
	if !c.setUpgrade(upgradeNone, upgradeBegun, nil) {
		errBadRequest().write(w, http.StatusBadRequest)
		return
	}
	nc, head, err := hijack(w, r, nil)
	if err != nil {
		c.setUpgrade(upgradeBegun, upgradeNone, nil)
		return
	}
	if !s.goReader(func() { c.readUpgrade(nc, head, base64) }) {
		nc.Close()
	}
}

// setUpgrade moves from one state of an upgrade to another, if it is in that.
func (c *Conn) setUpgrade(from, to upgradeState, probe net.Conn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state != stateOpen || c.poll == nil || c.poll.upgrade != from {
		return false
	}
	c.poll.upgrade, c.poll.probe = to, probe
	return true
}

// readUpgrade reads the websocket: first a probe, then, once the client asks
// for the upgrade, as any other.
func (c *Conn) readUpgrade(nc net.Conn, head []byte, base64 bool) {
	nc.SetDeadline(time.Now().Add(c.srv.o.UpgradeTimeout))
	r := c.newReader(nc)
	r.probing, r.base64 = true, base64
	if c.setUpgrade(upgradeBegun, upgradeBegun, nc) && r.awaitUpgrade(head) {
		r.run(nil)
		return
	}
	c.mu.Lock()
	if c.poll != nil {
		c.poll.upgrade, c.poll.probe = upgradeNone, nil
	}
	c.mu.Unlock()
	nc.Close() // after that, so that a client that sees it may try again at once
}

// awaitUpgrade reads until the session is upgraded; false means that it failed.
func (r *wsReader) awaitUpgrade(head []byte) bool {
	r.feed(head)
	for r.probing && !r.discard {
		b, err := r.src.next()
		if err != nil {
			r.src.done()
			return false
		}
		r.feed(b)
		r.src.done()
	}
	return !r.probing
}

// probe acts on a message before the upgrade. Any reason ends the attempt, not the session.
func (r *wsReader) probe(m wsframe.Message) Reason {
	if m.Opcode != wsframe.Text {
		return TransportError
	}
	switch string(m.Payload) {
	case "2probe":
		if _, err := r.nc.Write(packetFrame(pong, "probe").wire); err != nil || !r.c.probed() {
			return TransportError
		}
		return ""
	case string(upgrade):
		if r.c.legacy.octets && !r.assure() {
			return TransportError
		}
		if r.c.promote(r.nc, r.base64) {
			r.probing = false
			return ""
		}
	}
	return TransportError
}

// probed sends the hanging request away, so that the client can stop polling.
func (c *Conn) probed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state != stateOpen || c.poll == nil {
		return false
	}
	c.poll.upgrade = upgradeProbed
	if c.poll.waiting() {
		c.poll.noop = true
		c.poll.wake()
	}
	return true
}

// promote makes the websocket the session's transport.
func (c *Conn) promote(nc net.Conn, base64 bool) bool {
	raw := rawConn(nc)
	c.mu.Lock()
	p := c.poll
	if c.state != stateOpen || p == nil || p.upgrade != upgradeProbed {
		c.mu.Unlock()
		return false
	}
	nc.SetDeadline(time.Time{})
	c.poll, c.nc, c.raw = nil, nc, raw
	c.legacy.base64 = base64
	p.wake()
	wake := !c.queue.empty() && !c.dirty
	c.dirty = c.dirty || wake
	c.mu.Unlock()
	if wake {
		c.shard.mark(c)
	}
	return true
}
