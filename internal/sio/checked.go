package sio

import (
	"sync"
	"sync/atomic"

	"gateway/pkg/socketio"
)

// checkedSockets are the members of groups of which a principal may read only some topics: each message is checked for each
// of them, while the others share one encoded packet without a look. Most gateways have none.
type checkedSockets struct {
	n  atomic.Int64
	mu sync.RWMutex
	m  map[string]map[*socketio.Socket]struct{} // by group
}

func (c *checkedSockets) add(s *socketio.Socket, group string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.m == nil {
		c.m = map[string]map[*socketio.Socket]struct{}{}
	}
	if c.m[group] == nil {
		c.m[group] = map[*socketio.Socket]struct{}{}
	}
	if _, ok := c.m[group][s]; !ok {
		c.m[group][s] = struct{}{}
		c.n.Add(1)
	}
}

// forget takes a socket out of all groups.
func (c *checkedSockets) forget(s *socketio.Socket) {
	if c.n.Load() == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for group, members := range c.m {
		if _, ok := members[s]; ok {
			delete(members, s)
			c.n.Add(-1)
		}
		if len(members) == 0 {
			delete(c.m, group)
		}
	}
}

func (c *checkedSockets) each(group string, fn func(*socketio.Socket)) {
	if c.n.Load() == 0 {
		return
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	for s := range c.m[group] {
		fn(s)
	}
}
