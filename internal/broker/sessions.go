package broker

import (
	mqtt "github.com/mochi-mqtt/server/v2"

	"gateway/internal/access"
)

func (b *Broker) session(id string) *session {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.sessions[id]
}

func (b *Broker) sessionCount() int {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return len(b.sessions)
}

// resume returns the session to go on with: the one there is, if the client was told so, or a new one in its place.
func (b *Broker) resume(id string, present bool, who *identity) *session {
	old := b.session(id)
	if old != nil && present {
		return old
	}
	if old != nil {
		b.forget(old)
	}
	s := &session{
		id: id, count: &b.count, subs: map[string]*subscription{},
		limits: limits{messages: b.opts.MaxQueued, bytes: b.opts.MaxQueuedBytes, stored: 2 * b.opts.MaxRetained},
	}
	s.who.Store(who)
	b.mu.Lock()
	b.sessions[id] = s
	b.mu.Unlock()
	return s
}

// forget ends a session: nothing is delivered to it any more.
func (b *Broker) forget(s *session) {
	b.mu.Lock()
	if b.sessions[s.id] == s {
		delete(b.sessions, s.id)
	}
	b.mu.Unlock()
	s.mu.Lock()
	subs := s.subs
	s.subs, s.waiting, s.inflight, s.queued, s.bytes = map[string]*subscription{}, nil, nil, 0, 0
	s.mu.Unlock()
	for _, sub := range subs {
		b.routes.remove(sub)
	}
}

// OnDisconnect is called when a connection that had been established has ended. expire says that its session ends with it.
func (h *hook) OnDisconnect(cl *mqtt.Client, _ error, expire bool) {
	if c, ok := connOf(cl); ok {
		h.b.disconnected(c, expire && !cl.IsTakenOver())
	}
}

func (b *Broker) disconnected(c *conn, expire bool) {
	s := c.session.Load()
	if s == nil {
		return
	}
	c.left = true
	b.sendWill(c)
	b.publishers.Delete(c.publisher.principal)
	if s.detach(c) && expire {
		b.forget(s)
	}
}

// OnClientExpired ends a session that nobody came back to. mochi forgets the client but not its subscriptions.
func (h *hook) OnClientExpired(cl *mqtt.Client) {
	s := h.b.session(cl.ID)
	if s == nil || s.online() {
		return
	}
	h.b.server.UnsubscribeClient(cl)
	h.b.forget(s)
}

// abandon cleans up where mochi skipped what follows the end of a connection: after a panic, and when CONNACK could not be
// written.
func (b *Broker) abandon(c *conn) {
	cl := c.client
	if c.session.Load() == nil || c.left {
		return
	}
	expire := cl.Properties.Props.SessionExpiryInterval == 0
	if cl.Properties.ProtocolVersion < 5 {
		expire = cl.Properties.Clean
	}
	b.disconnected(c, expire)
	if current, ok := b.server.Clients.Get(cl.ID); expire && ok && current == cl {
		b.server.UnsubscribeClient(cl)
		b.server.Clients.Delete(cl.ID)
	}
}

// Disconnect ends the connections of every client whose principal match picks, and returns how many there were. It is for
// tokens that were revoked or changed; a client comes back by itself and is authenticated anew.
func (b *Broker) Disconnect(match func(*access.Principal) bool) int {
	n := 0
	b.publishers.Range(func(_, v any) bool {
		if p := v.(*publisher); p.conn != nil && match(p.principal) {
			p.conn.abort()
			n++
		}
		return true
	})
	return n
}
