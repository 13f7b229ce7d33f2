package sio

import (
	"context"
	"encoding/json"
	"errors"
	"sync/atomic"
	"time"

	"gateway/internal/access"
	"gateway/internal/device"
	"gateway/internal/fault"
	"gateway/pkg/mapping"
	"gateway/pkg/socketio"
)

// boardSocket is a socket of /devices. It implements [device.Conn].
type boardSocket struct {
	surface *Surface
	sock    *socketio.Socket
	session *device.Session // nil until the board has proved itself
	waiting atomic.Int32    // events whose acknowledgement is not sent yet
	asked   atomic.Int32    // events that the board has not acknowledged yet
}

const (
	maxAskedOfBoard = 16 // events that a board owes an acknowledgement of: more cost it memory
	takeWithin      = 30 * time.Second
)

var _ device.Conn = (*boardSocket)(nil)

// ID is the socket's id, as origins have it.
func (b *boardSocket) ID() string { return b.sock.ID() }

// Emit queues an event.
func (b *boardSocket) Emit(event string, args ...any) error { return b.sock.Emit(event, args...) }

// Call emits an event and waits for its acknowledgement.
func (b *boardSocket) Call(ctx context.Context, event string, args ...any) (json.RawMessage, error) {
	reply, err := b.sock.Call(ctx, event, args...)
	switch {
	case errors.Is(err, socketio.ErrTimeout), errors.Is(err, context.Canceled):
		return nil, fault.New(fault.Timeout, "the board did not answer in time")
	case errors.Is(err, socketio.ErrDisconnected):
		return nil, fault.New(fault.Offline, "the board went away before it answered")
	case err != nil:
		return nil, fault.New(fault.Invalid, "the board cannot be asked this: %w", err)
	case len(reply) == 0:
		return nil, nil
	}
	return reply[0].JSON, nil
}

// Principal is who the board is by now.
func (b *boardSocket) Principal() *access.Principal { return principalOf(b.sock) }

// Deliver queues a message of the bus as an event with the payload as its one argument.
func (b *boardSocket) Deliver(event string, payload []byte, retain bool, taken func(error)) error {
	v, err := mapping.Auto.Encode(payload, retain)
	if err != nil {
		return err
	}
	if taken != nil && b.asked.Add(1) <= maxAskedOfBoard {
		return b.deliverAsking(event, v, taken)
	}
	if taken != nil {
		b.asked.Add(-1)
	}
	packet, err := finish(deviceNamespace, appendValue(newBody(event, len(v.JSON)), v), v)
	if err != nil {
		return err
	}
	if err := b.sock.EmitPacket(packet); err != nil {
		return err
	}
	b.surface.sent.Add(1)
	return nil
}

// deliverAsking has the board acknowledge the event.
func (b *boardSocket) deliverAsking(event string, v mapping.Value, taken func(error)) error {
	wait, err := b.sock.Ask(event, argOf(v))
	if err != nil {
		b.asked.Add(-1)
		return err
	}
	b.surface.sent.Add(1)
	go func() {
		defer b.asked.Add(-1)
		ctx, cancel := context.WithTimeout(context.Background(), takeWithin)
		defer cancel()
		_, err := wait(ctx)
		taken(err)
	}()
	return nil
}

// Close cuts the connection.
func (b *boardSocket) Close() { b.sock.Disconnect(true) }
