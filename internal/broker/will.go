package broker

import (
	"sync"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"

	"gateway/internal/bus"
	"gateway/internal/fault"
)

// will is what a client wants published when it is gone.
type will struct {
	client  string
	message bus.Message
	delay   time.Duration
}

// willOf returns the will in CONNECT, nil for none.
func (c *conn) willOf(cl *mqtt.Client, pk packets.Packet) *will {
	if !pk.Connect.WillFlag {
		return nil
	}
	props := &pk.Connect.WillProperties
	w := &will{client: cl.ID, message: bus.Message{
		Topic: pk.Connect.WillTopic, Payload: pk.Connect.WillPayload, QoS: pk.Connect.WillQos, Retain: pk.Connect.WillRetain,
		Principal: c.publisher.principal, Origin: bus.Origin{Adapter: bus.FromMQTT, Conn: cl.ID},
	}}
	setProperties(&w.message, props)
	if c.emptyWill {
		w.message.Payload = nil
	}
	delay := min(props.WillDelayInterval, expiryOf(cl)) // the end of the session is the latest
	w.delay = time.Duration(delay) * time.Second
	return w
}

// OnWill gives mochi an empty will, which no subscription matches: it would publish past the bus, and forgets some when it
// ends a connection itself. Ours go out in OnDisconnect.
func (*hook) OnWill(cl *mqtt.Client, _ mqtt.Will) (mqtt.Will, error) {
	cl.Properties.Will.WillDelayInterval = 0
	return mqtt.Will{}, nil
}

// sendWill publishes the will of a connection that has ended, if the client has not taken it back with a DISCONNECT. It
// returns when a will that has to wait is due; 0 for none.
func (b *Broker) sendWill(c *conn, s *session) (due age) {
	w := c.will
	c.will = nil
	switch {
	case w == nil:
		return 0
	case w.delay == 0:
		b.publishWill(w)
		return 0
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.ended: // a clean start has ended the session, and the delay with it
		b.running.Go(func() { b.publishWill(w) })
		return 0
	case s.owner != c:
		return 0 // the client is back already
	}
	b.wills.later(w, b.publishWill)
	return b.clock.now() + w.delay
}

func (b *Broker) publishWill(w *will) {
	if _, err := b.bus.Publish(w.message); err != nil {
		b.dropped(string(fault.CodeOf(err)), w.client)
	}
	if s := b.session(w.client); s != nil {
		s.willPublished(w)
	}
}

// willPublished takes a will off the disk.
func (s *session) willPublished(w *will) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.will != w || s.disk == nil || s.ended {
		return
	}
	s.will, s.willDue = nil, 0
	s.disk.change(func(c SessionChange) { c.Delete(s.disk.queue, keyWill) })
}

// wills are those whose delay is running.
type wills struct {
	mu      sync.Mutex
	pending map[string]*pendingWill // by client id
}

type pendingWill struct {
	will  *will
	timer *time.Timer
}

// later publishes w after its delay, unless the client comes back.
func (ws *wills) later(w *will, publish func(*will)) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if ws.pending == nil {
		ws.pending = make(map[string]*pendingWill)
	}
	p := &pendingWill{will: w}
	p.timer = time.AfterFunc(w.delay, func() {
		if ws.remove(w.client, p) {
			publish(w)
		}
	})
	ws.pending[w.client] = p
}

// remove takes p off the list and reports whether it was still there.
func (ws *wills) remove(client string, p *pendingWill) bool {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if ws.pending[client] != p {
		return false
	}
	delete(ws.pending, client)
	return true
}

// reconnected drops the will of a client whose session goes on, and publishes that of a session that has ended.
func (ws *wills) reconnected(client string, sessionPresent bool, publish func(*will)) {
	ws.mu.Lock()
	p := ws.pending[client]
	delete(ws.pending, client)
	ws.mu.Unlock()
	if p == nil {
		return
	}
	p.timer.Stop()
	if !sessionPresent {
		publish(p.will)
	}
}

// stop ends all delays: the broker closes, and every client is gone. The wills are published now, but for those that the
// next run finds on disk.
func (ws *wills) stop(publish func(*will), onDisk func(*will) bool) {
	ws.mu.Lock()
	pending := ws.pending
	ws.pending = nil
	ws.mu.Unlock()
	for _, p := range pending {
		p.timer.Stop()
		if !onDisk(p.will) {
			publish(p.will)
		}
	}
}

// willOnDisk reports whether a will survives the broker.
func (b *Broker) willOnDisk(w *will) bool {
	s := b.session(w.client)
	if s == nil || s.disk == nil {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.will == w && s.willDue > 0
}
