package sio

import (
	"context"

	"gateway/internal/access"
	"gateway/internal/fault"
	"gateway/pkg/socketio"
)

// adminNamespace is the gateway's own page: what happens in the gateway, as it happens.
const adminNamespace = "/admin"

// Console knows what pages at /admin are told when they come.
type Console interface {
	// Greet returns the first events for a page, in order.
	Greet(p *access.Principal) []Told
}

// Told is an event for a page.
type Told struct {
	Event string
	Value any // as encoding/json writes it
}

// console is a socket of /admin.
type console struct {
	sock *socketio.Socket
	pace pace
}

// ServeAdmin opens /admin to users, and to tokens of their roles.
func (s *Surface) ServeAdmin(c Console) {
	n := s.server.Namespace(adminNamespace)
	n.Use(s.seated)
	n.Use(func(_ context.Context, h *socketio.Handshake) error {
		p := h.ConnData.(*seat).p.Load()
		if err := mayWatch(p); err != nil {
			return s.refuseConnect(h, p.ID, err)
		}
		return nil
	})
	t := newTraffic(s)
	n.OnConnect(func(sock *socketio.Socket) {
		who := &console{sock: sock, pace: newPace()}
		sock.SetData(who)
		sock.NoRecovery() // it is greeted with everything anew
		for _, told := range c.Greet(principalOf(sock)) {
			if err := sock.Emit(told.Event, told.Value); err != nil {
				s.log.Error("page not told", "event", told.Event, "err", err)
			}
		}
		sock.On("watch", t.watch)
		sock.On("unwatch", t.unwatch)
		sock.On("topics", s.topics)
		sock.OnDisconnect(func(socketio.Reason) { t.forget(sock) })
		s.settled(sock)
	})
	s.admin.Store(n)
}

// mayWatch lets people in, and programs that act for them. What devices and clients may see of topics they get elsewhere.
func mayWatch(p *access.Principal) error {
	switch p.Role {
	case access.RoleAdmin, access.RoleOperator, access.RoleViewer:
		return nil
	}
	return fault.New(fault.Denied, "%s may not see what happens in the gateway: log in, or bring a token of the role viewer, operator or admin", p)
}

// Watched is how many pages are at /admin.
func (s *Surface) Watched() int {
	if n := s.admin.Load(); n != nil {
		return n.Len()
	}
	return 0
}

// Tell sends an event to every page at /admin.
func (s *Surface) Tell(event string, v any) { s.tell(event, v, false) }

// Show is [Surface.Tell] for what will be told again soon: a page that is behind does without.
func (s *Surface) Show(event string, v any) { s.tell(event, v, true) }

func (s *Surface) tell(event string, v any, volatile bool) {
	if s.Watched() == 0 {
		return
	}
	to := s.admin.Load().Transient()
	if volatile {
		to = to.Volatile()
	}
	if _, err := to.Emit(event, v); err != nil {
		s.log.Error("pages not told", "event", event, "err", err)
	}
}
