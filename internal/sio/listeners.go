package sio

import (
	"maps"
	"slices"

	"gateway/internal/access"
)

// Listener is one socket, as far as it hears something.
type Listener struct {
	Socket    string
	Namespace string
	Address   string
	Principal *access.Principal
	Rooms     []string // that it joined, in a mapped namespace; the empty one stands for none
	Filters   []string // that it subscribed to, in /mqtt
}

// Listeners returns sockets that match picks, but not more than most of them. Those of /admin are none: they hear everything.
func (s *Surface) Listeners(most int, match func(namespace string, p *access.Principal) bool) []Listener {
	var found []Listener
	var members []*member
	for _, n := range s.server.Namespaces() {
		for _, sock := range n.Sockets() {
			p := principalOf(sock)
			if n.Name() == adminNamespace || len(found) >= most || !match(n.Name(), p) {
				continue
			}
			l := Listener{Socket: sock.ID(), Namespace: n.Name(), Address: sock.Handshake().RemoteAddr, Principal: p}
			if sub := subscriberOf(sock); sub != nil {
				l.Filters = s.raw.filtersFor(sub)
			}
			found, members = append(found, l), append(members, memberOf(sock))
		}
	}
	s.bus.Barrier(func(uint64) {
		for i, m := range members {
			if m != nil {
				found[i].Rooms = slices.Sorted(maps.Keys(m.rooms))
			}
		}
	})
	return found
}

func (r *raw) filtersFor(m *subscriber) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Sorted(maps.Keys(m.filters))
}
