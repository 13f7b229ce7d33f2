package socketio

// Namespaces returns the namespaces that sockets can be in now: the static ones, and the dynamic ones that have sockets. They
// are in no order.
func (s *Server) Namespaces() []*Namespace {
	var all []*Namespace
	s.live.Range(func(_, n any) bool {
		all = append(all, n.(*Namespace))
		return true
	})
	return all
}

// Sockets returns the sockets that an emit would go to now, each once.
func (b *Broadcast) Sockets() []*Socket {
	var all []*Socket
	for _, n := range b.n.targets() {
		all = append(all, n.receivers(b)...)
	}
	return all
}

// receivers are the sockets of one namespace that b goes to.
func (n *Namespace) receivers(b *Broadcast) (all []*Socket) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.mark++
	for _, name := range b.except {
		n.each(name, func(s *Socket) { s.mark = n.mark })
	}
	visit := func(s *Socket) {
		if s.mark != n.mark {
			s.mark = n.mark
			all = append(all, s)
		}
	}
	if len(b.rooms) == 0 {
		n.all.each(visit)
	}
	for _, name := range b.rooms {
		n.each(name, visit)
	}
	return all
}
