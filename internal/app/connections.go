package app

import (
	"net"
	"net/http"
	"sync"

	"gateway/internal/trace"
)

// maxHTTPConnections bounds the HTTP connections of all listeners together, polling socket.io clients included. Websockets leave
// the count when they are upgraded. A browser opens six at most.
const maxHTTPConnections = 4096

// connections counts HTTP connections by what net/http says of them, and closes those over the limit. The connections
// themselves stay what they are: pkg/socketio writes to plain TCP connections faster than to wrapped ones.
type connections struct {
	limit int
	drops *trace.Drops

	mu   sync.Mutex
	open map[net.Conn]struct{}
}

func newConnections(limit int, drops *trace.Drops) *connections {
	return &connections{limit: limit, drops: drops, open: map[net.Conn]struct{}{}}
}

// state is a http.Server's ConnState.
func (c *connections) state(nc net.Conn, s http.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch s {
	case http.StateNew:
		if len(c.open) >= c.limit {
			c.drops.Add(trace.Key{Where: "http", Reason: "connections"}, nc.RemoteAddr().String(), "")
			_ = nc.Close() // its goroutine sees that it is closed, and ends
			return
		}
		c.open[nc] = struct{}{}
	case http.StateHijacked, http.StateClosed:
		delete(c.open, nc)
	}
}
