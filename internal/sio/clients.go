package sio

import (
	"cmp"
	"slices"
	"time"

	"gateway/internal/access"
	"gateway/pkg/socketio"
)

// ClientInfo describes one connection with the sockets that share it.
type ClientInfo struct {
	ID         string // of the connection
	Principal  *access.Principal
	Remote     string // host:port
	Agent      string // User-Agent
	Since      time.Time
	Namespaces []string
	Sockets    []string // their ids, which are what the origins of messages say
}

// Clients lists up to limit connections that have joined a namespace, by id.
func (s *Surface) Clients(limit int) []ClientInfo {
	byID := map[string]*ClientInfo{}
	for _, n := range s.server.Namespaces() {
		for _, sock := range n.Sockets() {
			c := byID[sock.ConnID()]
			if c == nil && len(byID) >= limit {
				continue
			}
			if c == nil {
				h := sock.Handshake()
				c = &ClientInfo{
					ID: sock.ConnID(), Principal: principalOf(sock), Remote: h.RemoteAddr, Agent: h.Header.Get("User-Agent"), Since: h.Time,
				}
				byID[c.ID] = c
			}
			c.Namespaces = append(c.Namespaces, n.Name())
			c.Sockets = append(c.Sockets, sock.ID())
		}
	}
	list := make([]ClientInfo, 0, len(byID))
	for _, c := range byID {
		slices.Sort(c.Namespaces)
		list = append(list, *c)
	}
	slices.SortFunc(list, func(a, b ClientInfo) int { return cmp.Compare(a.ID, b.ID) })
	return list
}

// Kick closes a connection with all its sockets, and reports whether there was one. Its client may come back.
func (s *Surface) Kick(id string) bool {
	var found *socketio.Socket
	for _, n := range s.server.Namespaces() {
		for _, sock := range n.Sockets() {
			if sock.ConnID() == id {
				found = sock
			}
		}
	}
	if found != nil {
		found.Disconnect(true)
	}
	return found != nil
}
