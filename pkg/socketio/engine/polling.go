package engine

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// noopDelay is how long a request that comes during a probe waits for the
// upgrade to be completed before it is sent away.
const noopDelay = 100 * time.Millisecond

// pollMargin is what a hanging request may take beyond the heartbeat.
const pollMargin = 10 * time.Second

// polling is the state of a session on HTTP long-polling, guarded by Conn.mu.
type polling struct {
	waiter  chan struct{} // of the request that hangs; nil when none does
	posting bool          // a POST is being served
	upgrade upgradeState
	probe   net.Conn // the websocket that is being probed
	noop    bool     // the hanging request is to be sent away
	leaving bool     // the client has closed the session by a POST
	last    packetType
	opening bool // the open packet waits for a greeting
}

type upgradeState uint8

const (
	upgradeNone upgradeState = iota
	upgradeBegun
	upgradeProbed
)

func (p *polling) waiting() bool { return p.waiter != nil }

// wake makes the hanging request look again.
func (p *polling) wake() {
	if p.waiter == nil {
		return
	}
	select {
	case p.waiter <- struct{}{}:
	default:
	}
}

// lingers reports whether the session is kept for one more request, so that
// the client gets what waits for it and learns why it ended. A server that
// shuts down waits only for those that something waits for.
func (p *polling) lingers(reason Reason, queued bool) bool {
	switch reason {
	case ParseError, PayloadTooLarge, TransportClose:
		return false
	case ServerShutdown:
		return p.waiting() || queued
	}
	return true
}

// openPolling opens a session and answers with its open packet.
func (s *Server) openPolling(w http.ResponseWriter, r *http.Request, c *Conn) {
	c.poll = &polling{last: closing}
	if c.legacy.on {
		c.pushOpen()
	}
	if s.add(c) != nil {
		errBadRequest().write(w, http.StatusServiceUnavailable)
		return
	}
	if c.legacy.on {
		c.servePoll(w, r)
		return
	}
	writePolled(w, append([]byte{byte(open)}, s.openData(c, true)...))
}

func writePolled(w http.ResponseWriter, body []byte) error {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=UTF-8")
	if isOctets(body) {
		h.Set("Content-Type", octetStream)
	}
	h.Set("Cache-Control", "no-store")
	_, err := w.Write(body)
	return err
}

// servePoll serves a GET: it hangs until there is something to send.
func (c *Conn) servePoll(w http.ResponseWriter, r *http.Request) {
	p, ch, duplicate := c.beginPoll()
	if duplicate {
		c.fail(TransportError)
	}
	if ch == nil {
		errBadRequest().write(w, http.StatusBadRequest)
		return
	}
	// The answer may take longer than the HTTP server allows others.
	http.NewResponseController(w).SetWriteDeadline(time.Now().Add(c.srv.o.PingInterval + c.srv.o.PingTimeout + pollMargin))
	body, err := c.awaitPoll(r.Context(), p, ch)
	switch {
	case errors.Is(err, errUpgraded):
		errBadRequest().write(w, http.StatusBadRequest)
	case err != nil:
		c.fail(TransportError)
	default:
		c.srv.stats.polledOut.Add(1)
		c.srv.stats.polledBytes.Add(uint64(len(body)))
		if writePolled(w, body) != nil {
			c.fail(TransportError)
		}
	}
}

// errUpgraded sends away a request of a session that has moved to a websocket.
var errUpgraded = errors.New("engine: session is on a websocket")

// beginPoll makes the request the hanging one. ch is nil if it cannot be.
func (c *Conn) beginPoll() (p *polling, ch chan struct{}, duplicate bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p = c.poll
	if p == nil || c.state == stateClosed {
		return nil, nil, false
	}
	if p.waiter != nil {
		return nil, nil, true
	}
	p.waiter = make(chan struct{}, 1)
	return p, p.waiter, false
}

// awaitPoll returns the body of the answer once there is one.
func (c *Conn) awaitPoll(ctx context.Context, p *polling, ch chan struct{}) ([]byte, error) {
	var late bool
	for {
		body, delay, err := c.polled(p, late)
		if body != nil || err != nil {
			return body, err
		}
		var timer <-chan time.Time
		if delay > 0 && !late {
			timer = time.After(delay)
		}
		select {
		case <-ch:
		case <-timer:
			late = true
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// polled returns what the hanging request is to be answered with, nil for
// nothing yet: then it waits for a greeting or an upgrade for no longer than
// the delay, if there is one. late tells that it has.
func (c *Conn) polled(p *polling, late bool) (body []byte, delay time.Duration, err error) {
	c.mu.Lock()
	state, leaving, last := c.state, p.leaving, false
	delay = p.patience(&c.queue)
	switch {
	case p.noop || leaving || c.deaf(p):
		body = c.onePolled(noop)
	case c.poll != p:
		err = errUpgraded
	case state == stateClosed:
		body = c.onePolled(p.last)
	case !c.queue.empty() && (late || delay == 0 || !p.opening):
		body = c.takePolled()
	case state == stateClosing && c.queue.empty():
		body, last = c.onePolled(closing), true
	case late && delay > 0:
		body = c.onePolled(noop)
	}
	if body != nil || err != nil {
		p.waiter, p.noop, p.opening = nil, false, false
	}
	c.mu.Unlock()
	if leaving {
		c.shut(TransportClose)
	}
	if last {
		c.abort()
	}
	return body, delay, err
}

// servePost serves a POST: packets from the client.
func (c *Conn) servePost(w http.ResponseWriter, r *http.Request) {
	ok, overlap := c.beginPost()
	if overlap {
		c.fail(TransportError)
	}
	if !ok {
		errBadRequest().write(w, http.StatusBadRequest)
		return
	}
	body, reason := c.readBody(w, r)
	if reason == "" {
		reason = c.receivePayload(body, strings.HasPrefix(r.Header.Get("Content-Type"), octetStream))
	}
	c.endPost(reason)
	switch reason {
	case "", TransportClose:
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, "ok")
	case PayloadTooLarge:
		w.WriteHeader(http.StatusRequestEntityTooLarge)
	default:
		errBadRequest().write(w, http.StatusBadRequest)
	}
}

// readBody reads the body of a POST, which may take as long as a ping and its
// answer. It returns a reason to close the session if it cannot.
func (c *Conn) readBody(w http.ResponseWriter, r *http.Request) ([]byte, Reason) {
	rc := http.NewResponseController(w)
	rc.SetReadDeadline(time.Now().Add(c.srv.o.PingInterval + c.srv.o.PingTimeout))
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, c.srv.o.MaxPayload))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, PayloadTooLarge
	case err != nil:
		return nil, TransportError
	}
	rc.SetReadDeadline(time.Time{})
	return body, ""
}

func (c *Conn) beginPost() (ok, overlap bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.poll == nil || c.state != stateOpen {
		return false, false
	}
	overlap = c.poll.posting
	c.poll.posting = true
	return !overlap, overlap
}

// endPost closes the session if there is a reason to.
func (c *Conn) endPost(reason Reason) {
	c.mu.Lock()
	early := false
	if c.poll != nil {
		c.poll.posting = false
		if reason == TransportClose {
			c.poll.last = noop
			early = !c.poll.waiting()
			c.poll.leaving = early
		}
	}
	c.mu.Unlock()
	switch {
	case early:
		// The client's GET may have been overtaken, and wants an answer.
		time.AfterFunc(noopDelay, func() { c.shut(TransportClose) })
	case reason != "":
		c.shut(reason)
	}
}

// receivePayload acts on the packets of a body and returns a reason to close.
func (c *Conn) receivePayload(body []byte, octets bool) (reason Reason) {
	err := c.decodePolledBody(body, octets, func(p packet) bool {
		reason = c.receive(p)
		return reason == "" && !c.Closed()
	})
	if err != nil {
		return ParseError
	}
	return reason
}
