package broker

import (
	"hash/maphash"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"

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

func (b *Broker) newSession(id string, d *disk) *session {
	return &session{
		id: id, b: b, disk: d, subs: map[string]*subscription{},
		limits: limits{messages: b.opts.MaxQueued, bytes: b.opts.MaxQueuedBytes, stored: 2 * b.opts.MaxRetained},
	}
}

// exclusive has one goroutine at a time make or end sessions of a client id, and returns what ends that.
func (b *Broker) exclusive(id string) (release func()) {
	lock := &b.making[maphash.String(b.seed, id)%uint64(len(b.making))]
	lock.Lock()
	return lock.Unlock
}

// resume gives a connection its session: the one there is, unless the client wants to start clean, or a new one in its place.
func (b *Broker) resume(c *conn, id string, clean bool, t terms) (s *session, present bool) {
	defer b.exclusive(id)()
	old := b.session(id)
	if old != nil && !clean && old.lasts() {
		old.give(c)
		return old, true
	}
	if old != nil {
		b.forgetLocked(old)
	}
	s = b.newSession(id, b.openDisk(id, t.expiry))
	s.expiry = t.expiry
	s.who.Store(t.who)
	s.give(c)
	b.mu.Lock()
	b.sessions[id] = s
	b.mu.Unlock()
	return s, false
}

// openDisk returns where a new session is kept, nil for one that ends with its connection.
func (b *Broker) openDisk(id string, expiry uint32) *disk {
	if b.opts.Sessions == nil || expiry == 0 {
		return nil
	}
	queue, err := b.opts.Sessions.Open(sessionQueue + id)
	if err != nil {
		b.log.Error("mqtt session is kept in memory only", "client", id, "err", err)
		return nil
	}
	return &disk{store: b.opts.Sessions, queue: queue}
}

// forget ends a session: nothing is delivered to it any more, and the disk has nothing of it when this returns.
func (b *Broker) forget(s *session) {
	defer b.exclusive(s.id)()
	b.forgetLocked(s)
}

func (b *Broker) forgetLocked(s *session) {
	b.mu.Lock()
	current := b.sessions[s.id] == s
	if current {
		delete(b.sessions, s.id)
	}
	b.mu.Unlock()
	for _, sub := range s.end() {
		b.routes.remove(sub)
	}
	if !current || s.disk == nil {
		return
	}
	if err := b.opts.Sessions.Delete(sessionQueue + s.id); err != nil {
		b.log.Error("mqtt session was not deleted", "client", s.id, "err", err)
	}
}

// end empties the session and returns the subscriptions it had.
func (s *session) end() map[string]*subscription {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.timer != nil {
		s.timer.Stop()
	}
	if s.owner != nil {
		_ = s.owner.Close()
	}
	subs := s.subs
	s.ended, s.timer, s.subs, s.queued, s.bytes = true, nil, map[string]*subscription{}, 0, 0
	s.waiting, s.inflight = nil, nil
	return subs
}

// expire ends a session that nobody came back to.
func (b *Broker) expire(s *session) {
	defer b.exclusive(s.id)()
	s.mu.Lock()
	taken := s.timer == nil
	s.mu.Unlock()
	if !taken {
		b.forgetLocked(s)
	}
}

// expiryOf is how many seconds a client wants its session kept, within our limit; 0 when it ends with the connection.
func expiryOf(cl *mqtt.Client) uint32 {
	switch {
	case cl.Properties.ProtocolVersion >= 5:
		return min(cl.Properties.Props.SessionExpiryInterval, maxSession)
	case cl.Properties.Clean:
		return 0
	}
	return maxSession
}

// OnDisconnect is called when a connection that had been established has ended.
func (h *hook) OnDisconnect(cl *mqtt.Client, _ error, _ bool) {
	if c, ok := connOf(cl); ok {
		h.b.disconnected(c)
	}
}

func (b *Broker) disconnected(c *conn) {
	s := c.session.Load()
	if s == nil {
		return
	}
	c.left = true
	expiry := expiryOf(c.client)
	due := b.sendWill(c, s)
	b.publishers.Delete(c.publisher.principal)
	if s.detach(c, expiry, due) && expiry == 0 {
		b.forget(s)
	}
}

// OnClientExpired lets mochi forget a client, whose time it takes from the clock on the wall. Our session is not concerned:
// its end is our own business, and what mochi has to know of it, it is told again when the client comes back.
func (h *hook) OnClientExpired(cl *mqtt.Client) { h.b.server.UnsubscribeClient(cl) }

// remind tells mochi about the subscriptions of a session that goes on, so that it answers UNSUBSCRIBE right.
func (b *Broker) remind(cl *mqtt.Client, s *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for filter, sub := range s.subs {
		p := packets.Subscription{Filter: filter, Qos: sub.qos}
		b.server.Topics.Subscribe(cl.ID, p)
		cl.State.Subscriptions.Add(filter, p)
	}
}

// abandon cleans up where mochi skipped what follows the end of a connection: after a panic, and when CONNACK could not be
// written.
func (b *Broker) abandon(c *conn) {
	cl := c.client
	if c.session.Load() == nil || c.left {
		return
	}
	b.disconnected(c)
	if current, ok := b.server.Clients.Get(cl.ID); expiryOf(cl) == 0 && ok && current == cl {
		b.server.UnsubscribeClient(cl)
		b.server.Clients.Delete(cl.ID)
	}
}

// Disconnect ends the connections of every client whose principal match picks, and returns how many there were. It is for
// tokens that were revoked or changed; a client comes back by itself and is authenticated anew.
func (b *Broker) Disconnect(match func(*access.Principal) bool) int {
	n := 0
	b.publishers.Range(func(_, v any) bool {
		if p := v.(*publisher); match(p.principal) {
			p.conn.abort()
			n++
		}
		return true
	})
	return n
}

// Forget ends the sessions of every principal that match picks, connected or not, with all that waits for them, and returns how
// many there were. It is for those who will not come back: a token that was deleted would else have its queue filled for days.
func (b *Broker) Forget(match func(*access.Principal) bool) int {
	b.mu.RLock()
	var gone []*session
	for _, s := range b.sessions {
		if match(s.who.Load().principal) {
			gone = append(gone, s)
		}
	}
	b.mu.RUnlock()
	for _, s := range gone {
		b.forget(s)
	}
	return len(gone)
}
