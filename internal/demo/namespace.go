package demo

import (
	"context"
	"time"

	"gateway/pkg/socketio/client"
)

// rejoin is the pause after the gateway took a device out of its namespace, as it may when its rules change.
const rejoin = 2 * time.Second

// inNamespace runs a board in a socket.io namespace until ctx ends. prepare sets the client's functions before it connects;
// board is what the device does with it, until its ctx ends. Both run again with a new client after the gateway has taken the
// device out; a connection that merely breaks is the client's own business.
func (o Options) inNamespace(ctx context.Context, namespace string, prepare, board func(context.Context, *client.Client)) error {
	for ctx.Err() == nil {
		c, err := client.New(o.HTTPURL+"socket.io/", client.Options{Namespace: namespace, Logger: o.Logger})
		if err != nil {
			return err
		}
		runBoard(ctx, c, prepare, board)
		select {
		case <-ctx.Done():
		case <-time.After(rejoin):
		}
	}
	return nil
}

// runBoard runs one life of a client.
func runBoard(ctx context.Context, c *client.Client, prepare, board func(context.Context, *client.Client)) {
	ctx, cancel := context.WithCancel(ctx)
	prepare(ctx, c)
	c.Start()
	go func() {
		defer cancel()
		select {
		case <-ctx.Done():
		case <-c.Done():
		}
	}()
	board(ctx, c)
	cancel() // first, since Close waits for the client's functions
	_ = c.Close()
}
