package engine

import (
	"net/url"
	"time"

	"gateway/pkg/socketio/internal/wsframe"
)

// Greeter is a [Handler] that has something to say first. Greet is called once
// a new connection can be sent to, before any of its messages. To a client of
// revision 3 that polls, what it sends goes with the open packet, as it does by
// the reference server: some read no other answer.
type Greeter interface{ Greet(c *Conn) }

// greetDelay is how long the answer to a handshake waits for a greeting.
const greetDelay = 100 * time.Millisecond

// legacy is what a client of revision 3 has asked for; zero for revision 4.
type legacy struct {
	on     bool
	base64 bool // it takes no binary; on polling set for good, else guarded by Conn.mu
	octets bool // it takes payloads in octets even where all is text
}

// legacyOf reads the query of a handshake. Clients that name no transport are
// older than the payloads in text.
func legacyOf(q url.Values) legacy {
	if q.Get("EIO") != revision3 {
		return legacy{}
	}
	l := legacy{on: true, base64: q.Get("b64") != ""}
	l.octets = q.Get("transport") == "" && !l.base64
	return l
}

// Revision returns the revision of Engine.IO that the client speaks: 3 or 4.
func (c *Conn) Revision() int {
	if c.legacy.on {
		return 3
	}
	return 4
}

// decodeMessage reads a packet of a websocket.
func (c *Conn) decodeMessage(m wsframe.Message) (packet, error) {
	binary := m.Opcode == wsframe.Binary
	switch {
	case c.legacy.on && binary:
		return decodeBinary3(m.Payload)
	case c.legacy.on:
		return decodeText3(m.Payload)
	case binary:
		return packet{typ: message, data: m.Payload, binary: true}, nil
	}
	return decodePolled(m.Payload) // binary comes in base64 from clients that are told to send it so
}

// decodePolledBody reads the packets of a POST.
func (c *Conn) decodePolledBody(body []byte, octets bool, fn func(packet) bool) error {
	if c.legacy.on {
		return decodePayload3(body, octets, fn)
	}
	return decodePayload(body, fn)
}

// onePolled returns a payload of one packet.
func (c *Conn) onePolled(t packetType) []byte {
	switch p := []byte{byte(t)}; {
	case c.legacy.octets:
		return appendOctets3(nil, p, false)
	case c.legacy.on:
		return appendText3(nil, p)
	default:
		return p
	}
}

// takePolled returns the queue as a payload, with c.mu held.
func (c *Conn) takePolled() []byte {
	if !c.legacy.on {
		return c.queue.takePolled((*Frame).appendPolled)
	}
	octets := c.legacy.octets || c.queue.binary()
	return c.queue.takePolled(func(f *Frame, b []byte) []byte { return f.appendPolled3(b, octets) })
}

// binary reports whether any packet that waits is binary.
func (q *queue) binary() bool {
	for _, e := range q.entries {
		if e.frame != nil && e.frame.binary() {
			return true
		}
	}
	return false
}

// firstStep returns when the heartbeat of a new connection has to be looked at.
func (c *Conn) firstStep() int64 {
	now := c.srv.wheel.clock()
	if !c.legacy.on {
		return now + int64(c.srv.o.PingInterval)
	}
	c.beat.heard.Store(now)
	return now + c.silence()
}

// silence is how long a client of revision 3, which pings by itself, may say nothing.
func (c *Conn) silence() int64 { return int64(c.srv.o.PingInterval + c.srv.o.PingTimeout) }

// step3 closes a connection whose client has fallen silent.
func (c *Conn) step3(now int64) {
	due := c.beat.heard.Load() + c.silence()
	if due <= now+int64(c.srv.wheel.tick) {
		c.shut(PingTimeout)
		return
	}
	c.idle()
	c.srv.wheel.add(c, due)
	if c.Closed() {
		c.srv.wheel.remove(c)
	}
}

// beats acts on a ping or a pong, whichever the client's revision lets it send.
func (c *Conn) beats(t packetType) Reason {
	switch {
	case c.legacy.on && t == ping:
		c.Send(c.srv.pong)
		return ""
	case !c.legacy.on && t == pong:
		c.beat.heard.Store(c.srv.wheel.clock())
		return ""
	}
	return ParseError
}

// octetStream is the content type of payloads in octets.
const octetStream = "application/octet-stream"

// pushOpen queues the open packet of a new polling session. Only where
// something may be added to it does the first answer wait for that.
func (c *Conn) pushOpen() {
	_, c.poll.opening = c.srv.handler.(Greeter)
	c.push(packetFrame(open, c.srv.openData(c, true)), "")
}

// patience returns how long a hanging request waits at most for what the
// queue does not hold yet: a greeting or an upgrade. 0 is no limit.
func (p *polling) patience(q *queue) time.Duration {
	switch {
	case p.upgrade == upgradeProbed:
		return noopDelay
	case p.opening && len(q.entries) == 1:
		return greetDelay
	}
	return 0
}
