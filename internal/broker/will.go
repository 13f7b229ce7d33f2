package broker

import (
	"sync"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"

	"gateway/internal/access"
	"gateway/internal/bus"
	"gateway/internal/fault"
)

// will is what a client wants published when it is gone.
type will struct {
	client    string
	principal access.Principal
	topic     string
	payload   []byte
	qos       byte
	retain    bool
	delay     time.Duration
	props     packets.Properties
}

func (c *conn) willOf(cl *mqtt.Client, pk packets.Packet) *will {
	if !pk.Connect.WillFlag {
		return nil
	}
	w := &will{
		client: cl.ID, topic: pk.Connect.WillTopic, payload: pk.Connect.WillPayload, qos: pk.Connect.WillQos,
		retain: pk.Connect.WillRetain, props: pk.Connect.WillProperties,
	}
	if c.emptyWill {
		w.payload = nil
	}
	delay := w.props.WillDelayInterval
	if cl.Properties.ProtocolVersion >= 5 {
		delay = min(delay, cl.Properties.Props.SessionExpiryInterval) // the end of the session is the latest
	}
	w.delay = time.Duration(delay) * time.Second
	return w
}

// OnWill gives mochi an empty will, which no subscription matches: it would publish past the bus, and forgets some when it
// ends a connection itself. Ours go out in OnDisconnect.
func (*hook) OnWill(cl *mqtt.Client, _ mqtt.Will) (mqtt.Will, error) {
	cl.Properties.Will.WillDelayInterval = 0
	return mqtt.Will{}, nil
}

// sendWill publishes the will of a connection that has ended, if the client has not taken it back with a DISCONNECT.
func (b *Broker) sendWill(c *conn) {
	w := c.will
	c.will = nil
	if w == nil {
		return
	}
	w.principal = *c.publisher.principal
	if w.delay > 0 {
		b.wills.later(w, b.publishWill)
		return
	}
	b.publishWill(w)
}

func (b *Broker) publishWill(w *will) {
	p := &publisher{principal: &w.principal, current: &w.props}
	b.publishers.Store(p.principal, p)
	defer b.publishers.Delete(p.principal)
	m := bus.Message{
		Topic: w.topic, Payload: w.payload, QoS: w.qos, Retain: w.retain, Principal: p.principal,
		Origin: bus.Origin{Adapter: bus.FromMQTT, Conn: w.client}, ContentType: w.props.ContentType,
	}
	m.Props, m.Hops = userProps(w.props.User)
	if _, err := b.bus.Publish(m); err != nil {
		b.dropped(string(fault.CodeOf(err)), w.client)
	}
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

// remove takes p off the list and reports whether it was still there. p nil means whatever is there.
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

// fireAll publishes all of them now: the broker closes, and every client is gone.
func (ws *wills) fireAll(publish func(*will)) {
	ws.mu.Lock()
	pending := ws.pending
	ws.pending = nil
	ws.mu.Unlock()
	for _, p := range pending {
		p.timer.Stop()
		publish(p.will)
	}
}
