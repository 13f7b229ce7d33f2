package device

import (
	"context"
	"encoding/json"
	"time"

	"gateway/internal/access"
	"gateway/internal/fault"
)

// Conn is a board's connection. Its methods may be called from any goroutine.
type Conn interface {
	// ID is what origins of messages call it.
	ID() string
	// Emit queues an event; it never waits.
	Emit(event string, args ...any) error
	// Call emits an event and waits for its acknowledgement, of which it returns the first argument: nil for none. The error is
	// a *fault.Error, offline or timeout.
	Call(ctx context.Context, event string, args ...any) (json.RawMessage, error)
	// Deliver queues a message of the bus as the event; it never waits. With taken, the board is asked to acknowledge it, and taken
	// is called when it has, or with an error when it is too late for that. A board that owes many acknowledgements is not asked.
	Deliver(event string, payload []byte, retain bool, taken func(error)) error
	// Principal is who the board is by now.
	Principal() *access.Principal
	// Close ends the connection; the board may come back.
	Close()
}

// What status says.
const (
	online  = "online"
	offline = "offline"
)

// staleAfter is how long a connected board may say nothing before it counts as stale: it reports once a minute.
const staleAfter = 150 * time.Second

// Session is a board that is connected and has proved who it is.
type Session struct {
	s    *Service
	b    *board
	conn Conn
	p    *access.Principal
	at   time.Time

	// guarded by b.mu
	greeted bool     // it has said $hello, or is one that does not
	stale   bool     // pages were told
	has     Document // the desired document that the board has
	version uint64   // of it
	syncing bool     // a goroutine brings it up to date
}

// refused is what every board hears that may not come in: who asks learns nothing.
func refused() error { return fault.New(fault.Denied, "this board is not known, or its key is wrong") }

// Enter lets a board in that answers a challenge rightly. addr is where it comes from, host:port. Whoever calls it has the
// events of the connection handled from then on, and then calls [Session.Welcome]. An older connection of the board is closed.
func (s *Service) Enter(c *Challenge, answer string, conn Conn, addr string) (*Session, error) {
	b := c.board
	if b == nil {
		return nil, refused()
	}
	b.mu.Lock()
	if b.removed || !c.pass(answer) {
		b.mu.Unlock()
		return nil, refused()
	}
	x := &Session{s: s, b: b, conn: conn, p: principalOf(b.id, b.record.Grant), at: s.Now()}
	s.seat(x, addr) // unlocks
	return x, nil
}

// EnterByToken lets a board in that came with a token of the kind device, and so has no key here.
func (s *Service) EnterByToken(p *access.Principal, conn Conn, addr string) (*Session, error) {
	if !access.ValidID(p.ID) {
		return nil, refused()
	}
	s.mu.Lock()
	b := s.known(p.ID)
	s.mu.Unlock()
	s.attach()
	b.mu.Lock()
	if !b.token || b.removed {
		b.mu.Unlock()
		return nil, refused()
	}
	x := &Session{s: s, b: b, conn: conn, p: p, at: s.Now(), greeted: true}
	s.seat(x, addr)
	return x, nil
}

// seat puts a session in its place, with b.mu held, which it gives back.
func (s *Service) seat(x *Session, addr string) {
	old := x.b.session
	x.b.session, x.b.address, x.b.seen = x, addr, x.at
	x.has, x.version = x.b.shadow.desired, x.b.shadow.version
	x.b.unsaved = true
	x.b.mu.Unlock()
	if old != nil {
		old.conn.Close()
	}
}

// Principal is who the board is.
func (x *Session) Principal() *access.Principal { return x.p }

type welcome struct {
	Time        int64           `json:"time"` // seconds since 1970
	Name        string          `json:"name"`
	Desired     json.RawMessage `json:"desired"`
	Version     uint64          `json:"version"`
	ShadowDelta json.RawMessage `json:"shadow_delta"`
}

// Welcome tells the board that it is in, and what it is to be.
func (x *Session) Welcome() error {
	x.b.mu.Lock()
	w := welcome{
		x.s.Now().Unix(), x.b.record.Name, x.has.text(), x.version, delta(x.has, x.b.shadow.reported).text(),
	}
	greeted := x.greeted
	x.b.mu.Unlock()
	if err := x.conn.Emit("$welcome", w); err != nil {
		return err
	}
	if greeted {
		x.sayStatus(online)
	}
	x.bring() // what has changed since it entered
	return nil
}

// Left is called when the connection is gone.
func (x *Session) Left() {
	b := x.b
	b.mu.Lock()
	if b.session != x {
		b.mu.Unlock()
		return // it has another one already
	}
	b.session, b.unsaved = nil, true
	b.seen = x.s.Now()
	failed := b.update != nil && b.update.State != Restarting
	b.mu.Unlock()
	if failed {
		reason := "the connection was lost"
		if x.s.stopping.Load() {
			reason = gatewayRestarted
		}
		x.s.endUpdate(b, Failed, reason)
	}
	x.sayStatus(offline)
}

// sayStatus publishes what the board's newest session is; a word that is not true any more is not said.
func (x *Session) sayStatus(word string) {
	b := x.b
	b.saying.Lock()
	b.mu.Lock()
	here, removed := b.session != nil && b.session.greeted, b.removed
	b.mu.Unlock()
	if here == (word == online) && !removed {
		x.s.say(b.id, "status", []byte(word))
	}
	b.saying.Unlock()
	x.s.changed(b)
}

// connected returns the session of a board that can be asked something, or the refusal.
func (b *board) connected() (*Session, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.session == nil {
		return nil, fault.New(fault.Offline, "%s is not connected", b.id)
	}
	return b.session, nil
}

// hailed is [board.connected] for a board that has said hello: before that its build may be on trial.
func (b *board) hailed() (*Session, error) {
	x, err := b.connected()
	if err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if !x.greeted {
		return nil, fault.New(fault.Offline, "%s has not said hello yet: try again in a moment", b.id)
	}
	return x, nil
}

// heard notes that a board said something, and reports whether it was thought to be stale.
func (x *Session) heard() {
	x.b.mu.Lock()
	x.b.seen = x.s.Now()
	was := x.stale
	x.stale = false
	x.b.mu.Unlock()
	if was {
		x.s.changed(x.b)
	}
}

// watchSilence tells pages of boards that have said nothing for long.
func (s *Service) watchSilence(now time.Time) {
	for _, b := range s.all() {
		b.mu.Lock()
		fresh := b.session != nil && !b.session.stale && now.Sub(b.seen) > staleAfter
		if fresh {
			b.session.stale = true
		}
		b.mu.Unlock()
		if fresh {
			s.changed(b)
		}
	}
}
