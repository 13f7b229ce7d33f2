package engine

import "context"

// Wait returns when less than half of what the queue may hold waits to be written, so that a sender of much can go on: true,
// or false when the connection is closed or the context ends. Frames that are sent meanwhile by others may fill it again.
func (c *Conn) Wait(ctx context.Context) bool {
	for {
		c.mu.Lock()
		if c.state != stateOpen {
			c.mu.Unlock()
			return false
		}
		q := &c.queue
		if q.bytes-q.reservedBytes <= c.srv.o.MaxQueueBytes/2 && len(q.entries)-q.holes <= c.srv.o.MaxQueuePackets/2 {
			c.mu.Unlock()
			return true
		}
		if q.space == nil {
			q.space = make(chan struct{})
		}
		space := q.space
		c.mu.Unlock()
		select {
		case <-space:
		case <-ctx.Done():
			return false
		}
	}
}
