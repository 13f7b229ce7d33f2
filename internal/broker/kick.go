package broker

// Kick ends the connection of the client with that id, and reports whether there was one. Its session stays, and its will is
// published. The client may come back at once.
func (b *Broker) Kick(id string) bool {
	s := b.session(id)
	if s == nil {
		return false
	}
	s.mu.Lock()
	c := s.conn
	s.mu.Unlock()
	if c == nil {
		return false
	}
	c.abort()
	return true
}
