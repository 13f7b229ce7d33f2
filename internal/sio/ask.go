package sio

import (
	"context"
	"encoding/json"
	"slices"
	"sync"

	"gateway/internal/access"
	"gateway/internal/bridge"
	"gateway/pkg/socketio"
)

// maxAsked is how many sockets are asked for an answer to one request. In a larger audience it is an event like any other:
// nobody there can be meant.
const maxAsked = 16

var _ bridge.Asker = (*Surface)(nil)

// Ask sends an event with an acknowledgement to each socket of its audience. The first answer counts.
func (s *Surface) Ask(ctx context.Context, e *bridge.Emission, answer func(*bridge.Answer)) {
	sockets := s.audience(e)
	if len(sockets) == 0 || len(sockets) > maxAsked {
		s.Emit(e)
		go answer(nil)
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	var first sync.Once
	var all sync.WaitGroup
	for _, sock := range sockets {
		args := []any{argOf(e.Value)}
		if e.Meta {
			args = append(args, json.RawMessage(appendMeta(nil, e.Message, false)))
		}
		all.Go(func() {
			reply, err := sock.Call(ctx, e.Event, args...)
			if err != nil {
				return
			}
			args, err := argsOf(&socketio.Event{Name: e.Event, Args: reply})
			if err != nil {
				s.refuseEmit(e, err)
				return
			}
			first.Do(func() {
				answer(&bridge.Answer{Principal: principalOf(sock), Socket: sock.ID(), Args: args})
				cancel()
			})
		})
	}
	go func() {
		all.Wait()
		cancel()
		first.Do(func() { answer(nil) })
	}()
}

// audience lists the sockets that an emission is for.
func (s *Surface) audience(e *bridge.Emission) []*socketio.Socket {
	n := s.server.Lookup(e.Namespace)
	if n == nil {
		return nil
	}
	to := n.To(e.Group)
	if e.Except != "" {
		to = to.Except(e.Except)
	}
	sockets := to.Sockets()
	s.checked.each(e.Group, func(sock *socketio.Socket) {
		if sock.Namespace() == n && sock.ID() != e.Except && access.Check(principalOf(sock), access.Read, e.Message.Topic) &&
			!slices.Contains(sockets, sock) {
			sockets = append(sockets, sock)
		}
	})
	return sockets
}
