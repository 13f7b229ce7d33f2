package sio

import (
	"context"

	"gateway/internal/bridge"
	"gateway/internal/fault"
	"gateway/pkg/socketio"
)

// admit refuses a socket that could neither hear nor say anything in its namespace.
func (s *Surface) admit(_ context.Context, h *socketio.Handshake) error {
	p := h.ConnData.(*seat).p.Load()
	rules, known, inbound := s.bridge.Audibles(h.Namespace, p)
	switch {
	case !known:
		return &socketio.ConnectError{Message: "Invalid namespace"}
	case len(rules) == 0 && !inbound:
		return s.refuseConnect(h, p.ID, fault.New(fault.Denied, "%s may not read what the mappings bring to %s", p, h.Namespace))
	}
	return nil
}

// handle takes every event of a mapped namespace.
func (s *Surface) handle(ctx context.Context, e *socketio.Event) {
	switch e.Name {
	case "join":
		s.answer(e, s.joinRoom(e))
	case "leave":
		s.answer(e, s.leaveRoom(e))
	default:
		s.inbound(ctx, e)
	}
}

// inbound takes an event to the bus. Its acknowledgement may have to wait for a device or a disk; only so many of one socket do.
func (s *Surface) inbound(ctx context.Context, e *socketio.Event) {
	args, err := argsOf(e)
	if err != nil {
		s.answer(e, err)
		return
	}
	sock := e.Socket()
	m := memberOf(sock)
	if m.waiting.Add(1) > maxWaiting {
		m.waiting.Add(-1)
		s.answer(e, fault.New(fault.RateLimited, "%d events of this socket wait for their answer already", maxWaiting))
		return
	}
	s.bridge.Inbound(ctx, bridge.Event{
		Namespace: sock.Namespace().Name(), Name: e.Name, Args: args, Principal: m.p(), Socket: sock.ID(),
	}, func(r bridge.Reply, err error) {
		m.waiting.Add(-1)
		s.reply(e, r, err)
	})
}
