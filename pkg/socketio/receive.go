package socketio

import (
	"context"

	"gateway/pkg/socketio/engine"
	"gateway/pkg/socketio/parser"
)

// enginePanic is [ReasonHandlerPanic] for the engine.
const enginePanic = engine.Reason(ReasonHandlerPanic)

// receiveEvent queues an event for its handlers. While too many wait, it
// blocks, and with it the reading of the connection.
func (s *Socket) receiveEvent(w *parser.Whole) error {
	elements := parser.Elements(nil, w.Data)
	if len(elements) > parser.MaxElements {
		return parser.ErrPayload
	}
	name, err := parser.EventName(elements)
	if err != nil {
		return err
	}
	args, err := parser.Args(elements[1:], w.Binaries)
	if err != nil {
		return err
	}
	e := &Event{Name: name, Args: args, socket: s, ackID: w.ID, hasAck: w.HasID}
	size := len(w.Data)
	for _, b := range w.Binaries {
		size += len(b)
	}
	if s.work.full() {
		s.work.wait(s.context().Done())
	}
	s.work.add(job{event: e}, size)
	return nil
}

// receiveAck hands the answer to the call that waits for it.
func (s *Socket) receiveAck(w *parser.Whole) error {
	elements := parser.Elements(nil, w.Data)
	if len(elements) > parser.MaxElements {
		return parser.ErrPayload
	}
	args, err := parser.Args(elements, w.Binaries)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	// An answer nobody waits for came too late, or was never asked for.
	if ch, ok := s.calls[w.ID]; ok {
		delete(s.calls, w.ID)
		ch <- args
	}
	return nil
}

// Call sends an event and waits for its acknowledgement, whose arguments it
// returns; args as in [NewPacket]. The error is [ErrTimeout] when the context's deadline passes,
// the context's own when it is cancelled, and [ErrDisconnected] when the socket goes. In an
// event's handler, give ctx a deadline: the socket's next events wait meanwhile, and once 256 of them or
// 256 KiB do, the client is read no further, not even its answer.
func (s *Socket) Call(ctx context.Context, event string, args ...any) ([]Arg, error) {
	wait, err := s.Ask(event, args...)
	if err != nil {
		return nil, err
	}
	return wait(ctx)
}

// Ask sends an event like [Socket.Call], and returns at once with what waits for the acknowledgement: so that whoever must not
// wait keeps the order of what it sends. wait has to be called, once.
func (s *Socket) Ask(event string, args ...any) (wait func(context.Context) ([]Arg, error), err error) {
	payload, err := encodeEvent(event, args)
	if err != nil {
		return nil, err
	}
	return s.ask(payload), nil
}

// expect prepares for an acknowledgement.
func (s *Socket) expect() (uint64, chan []Arg, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.Connected() {
		return 0, nil, ErrDisconnected
	}
	if s.calls == nil {
		s.calls = make(map[uint64]chan []Arg)
	}
	s.lastCall++
	ch := make(chan []Arg, 1)
	s.calls[s.lastCall] = ch
	return s.lastCall, ch, nil
}

// forget gives up on an acknowledgement.
func (s *Socket) forget(id uint64) {
	s.mu.Lock()
	delete(s.calls, id)
	s.mu.Unlock()
}
