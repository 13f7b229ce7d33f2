package engine

import "net/http"

// The client of 2016 for MicroPython, which names no transport, knew one server only. What it takes for granted is done for
// sessions that were opened without a transport, which no other client does.

// oldestOrigin is what its websocket claims to come from, wherever the server is.
const oldestOrigin = "http://localhost"

// upgradesOldest reports whether a request with a foreign Origin is its websocket. The session was opened without an Origin,
// and who knows its id has read the answer, which pages of other origins cannot.
func (s *Server) upgradesOldest(r *http.Request) bool {
	q := r.URL.Query()
	if r.Header.Get("Origin") != oldestOrigin || q.Get("transport") != "websocket" {
		return false
	}
	c := s.find(q.Get("sid"))
	return c != nil && c.legacy.octets && c.req.Header.Get("Origin") == ""
}

// assure sends the packet that it waits for between its upgrade and everything else.
func (r *wsReader) assure() bool {
	_, err := r.nc.Write(packetFrame(noop, "").wire)
	return err == nil
}

// deaf reports whether it throws away what its poll brings, as it does while it upgrades. Guarded by c.mu.
func (c *Conn) deaf(p *polling) bool {
	return c.legacy.octets && p.upgrade != upgradeNone && c.poll == p && c.state == stateOpen
}
