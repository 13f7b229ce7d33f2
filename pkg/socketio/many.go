package socketio

import (
	"context"
	"errors"

	"gateway/pkg/socketio/parser"
)

// Answer is what one socket answered to [Broadcast.Call].
type Answer struct {
	Socket *Socket
	Args   []Arg
	Err    error // [ErrTimeout], [ErrDisconnected], or the context's own
}

// Call sends an event to each receiver and collects their acknowledgements, one Answer for each, in no order. It returns when
// all have answered or the context has ended. The arguments are encoded once, as in [NewPacket]; the error is that of an
// argument that cannot be, and then nothing is sent. The events are not kept for recovery.
func (b *Broadcast) Call(ctx context.Context, event string, args ...any) ([]Answer, error) {
	payload, err := encodeEvent(event, args)
	if err != nil {
		return nil, err
	}
	sockets := b.Sockets()
	answers := make([]Answer, len(sockets))
	waits := make([]func(context.Context) ([]Arg, error), len(sockets))
	for i, s := range sockets {
		waits[i] = s.ask(payload)
	}
	for i, s := range sockets {
		answers[i].Socket = s
		answers[i].Args, answers[i].Err = waits[i](ctx)
	}
	return answers, nil
}

// Call is [Broadcast.Call] to every socket of the namespace.
func (n *Namespace) Call(ctx context.Context, event string, args ...any) ([]Answer, error) {
	return n.To().Call(ctx, event, args...)
}

// ask sends an event and returns what waits for its acknowledgement.
func (s *Socket) ask(payload parser.Payload) func(context.Context) ([]Arg, error) {
	id, answer, err := s.expect()
	if err == nil {
		head := parser.Packet{Type: parser.Event, Namespace: []byte(s.name()), ID: id, HasID: true}
		if err = s.send(frame(payload, head)); err != nil {
			s.forget(id)
		}
	}
	if err != nil {
		return func(context.Context) ([]Arg, error) { return nil, err }
	}
	return func(ctx context.Context) ([]Arg, error) {
		select {
		case args, ok := <-answer:
			if !ok {
				return nil, ErrDisconnected
			}
			return args, nil
		case <-ctx.Done():
			s.forget(id)
			if errors.Is(ctx.Err(), context.DeadlineExceeded) {
				return nil, ErrTimeout
			}
			return nil, ctx.Err()
		}
	}
}

// DisconnectSockets disconnects the sockets that an emit would go to now, as [Socket.Disconnect] does.
func (b *Broadcast) DisconnectSockets(closeConnection bool) {
	for _, s := range b.Sockets() {
		s.Disconnect(closeConnection)
	}
}

// SocketsJoin adds the sockets that an emit would go to now to rooms.
func (b *Broadcast) SocketsJoin(rooms ...string) {
	for _, s := range b.Sockets() {
		s.Join(rooms...)
	}
}

// SocketsLeave removes the sockets that an emit would go to now from rooms.
func (b *Broadcast) SocketsLeave(rooms ...string) {
	for _, s := range b.Sockets() {
		s.Leave(rooms...)
	}
}
