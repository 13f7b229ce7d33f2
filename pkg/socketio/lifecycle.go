package socketio

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"gateway/pkg/socketio/engine"
	"gateway/pkg/socketio/parser"
)

// maxAuth bounds a client's auth object, in bytes: it is kept as long as the socket.
const maxAuth = 16 << 10

// connect joins the namespace, or refuses. It is a socket's first job.
func (s *Socket) connect() {
	n, ce := s.judge()
	if ce != nil {
		s.refuse(ce)
		return
	}
	_, onConnect := n.hooks()
	s.nsp = n
	n.evict(s.hs.Auth, s.hs.Owner)
	old, ok := s.admit()
	if old != nil {
		old.session.drop()
	}
	if !ok {
		n.leave()
		return
	}
	s.c.joined(s)
	for _, fn := range onConnect {
		fn(s)
	}
	s.Release()
}

// judge finds the namespace and asks its middlewares. The socket has entered
// the namespace, but not joined it, when there is no error.
func (s *Socket) judge() (*Namespace, *ConnectError) {
	n, params := s.c.srv.resolve(s.name())
	if n == nil {
		return nil, &ConnectError{Message: "Invalid namespace"}
	}
	if len(s.hs.Auth) > maxAuth {
		return nil, &ConnectError{Message: "Auth too large"}
	}
	s.hs.Params = params
	uses, _ := n.hooks()
	for _, mw := range uses {
		if err := mw(s.context(), s.hs); err != nil {
			return nil, connectError(err)
		}
	}
	s.data = s.hs.Data
	child, err := n.enter(s.name())
	if err != nil {
		return nil, &ConnectError{Message: string(ReasonTooManyNamespaces)}
	}
	return child, nil
}

// admit makes the socket a member, held until its OnConnect functions have
// run, and tells the client. It reports false if the connection has gone meanwhile.
// The state that it took up, if there was one, is to be dropped.
func (s *Socket) admit() (*restored, bool) {
	n := s.nsp
	n.mu.Lock()
	defer n.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.state.CompareAndSwap(connecting, connected) {
		return nil, false
	}
	old := n.restore(s.hs.Auth, s.hs.Owner)
	if old != nil {
		s.resume(old.session)
	}
	s.holds = 1
	n.add(s)
	s.c.srv.sockets.Add(1)
	s.c.conn.Send(control(parser.Connect, s.name(), s.connectBody()))
	if old != nil {
		for _, r := range old.session.rooms {
			n.join(s, r)
		}
		for _, f := range old.missed {
			s.c.conn.Send(f)
		}
	}
	return old, true
}

// resume takes up the state of a lost socket, with s.mu held.
func (s *Socket) resume(old *session) {
	s.id, s.hs.ID, s.pid, s.recovered = old.id, old.id, old.pid, true
	if s.data == nil {
		s.data = old.data
	}
}

// connectBody returns what the client is told on success.
func (s *Socket) connectBody() []byte {
	if s.c.legacy() {
		return nil
	}
	if !s.c.srv.recovery.on() {
		return []byte(`{"sid":"` + s.id + `"}`)
	}
	if s.pid == "" {
		s.pid = engine.NewID()
	}
	return []byte(`{"sid":"` + s.id + `","pid":"` + s.pid + `"}`)
}

// connectError makes of a middleware's error what the client is told.
func connectError(err error) *ConnectError {
	var ce *ConnectError
	if errors.As(err, &ce) {
		return ce
	}
	return &ConnectError{Message: "Forbidden"}
}

// refuse ends a socket that was never connected.
func (s *Socket) refuse(ce *ConnectError) {
	if s.leave(ReasonServerDisconnect) {
		s.c.refuse(s.name(), ce)
	}
}

// leave takes the socket out of its connection and namespace.
func (s *Socket) leave(reason Reason) bool {
	s.c.drop(s)
	return s.end(reason)
}

// end takes the socket out of its namespace, once, and lets its OnDisconnect
// functions be called after what is being done now.
func (s *Socket) end(reason Reason) bool {
	s.mu.Lock()
	was := s.state.Swap(gone)
	if was == gone {
		s.mu.Unlock()
		return false
	}
	s.reason = reason
	fns := s.onGone
	s.onGone = nil
	if s.cancel != nil {
		s.cancel()
	}
	for id, ch := range s.calls {
		close(ch)
		delete(s.calls, id)
	}
	s.mu.Unlock()
	if was == connected {
		if rooms := s.nsp.remove(s); !s.nsp.keep(s, reason, rooms) {
			s.nsp.leave()
		}
		s.c.srv.sockets.Add(-1)
		for _, fn := range fns {
			s.work.add(job{do: func() { fn(reason) }}, 0)
		}
	}
	s.work.add(job{do: s.c.settle}, 0)
	return true
}

// context returns the context of the socket's handlers.
func (s *Socket) context() context.Context {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ctx == nil {
		s.ctx, s.cancel = context.WithCancel(context.Background())
		if s.state.Load() == gone {
			s.cancel()
		}
	}
	return s.ctx
}

// run does one job. A panic costs the connection.
func (s *Socket) run(j job) {
	defer func() {
		if v := recover(); v != nil {
			s.c.srv.o.Logger.Error("handler panicked", "namespace", s.name(), "socket", s.id,
				"panic", fmt.Sprint(v), "stack", string(debug.Stack()))
			s.c.conn.Close(enginePanic)
		}
	}()
	if j.do != nil {
		j.do()
		return
	}
	s.dispatch(j.event)
}

// dispatch calls the functions of an event.
func (s *Socket) dispatch(e *Event) {
	if !s.Connected() {
		return
	}
	s.mu.Lock()
	anys, handlers := s.any, s.handlers
	s.mu.Unlock()
	ctx := s.context()
	for _, fn := range anys {
		fn(ctx, e)
	}
	for _, h := range handlers {
		if h.event == e.Name {
			h.fn(ctx, e)
		}
	}
}
