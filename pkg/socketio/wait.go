package socketio

import (
	"context"
	"errors"
)

// Wait returns when the socket's connection has room for more: when less than half of what its queue may hold waits to be
// written. Who sends much to one socket calls it before each event, and so goes at the receiver's pace instead of closing it as a
// slow consumer. The error is [ErrTimeout] when the context's deadline passes, the context's own when it is cancelled, and
// [ErrDisconnected] when the socket is gone.
func (s *Socket) Wait(ctx context.Context) error {
	switch {
	case s.Connected() && s.c.conn.Wait(ctx):
		return nil
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return ErrTimeout
	case ctx.Err() != nil:
		return ctx.Err()
	}
	return ErrDisconnected
}
