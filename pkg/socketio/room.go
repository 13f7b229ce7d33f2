package socketio

// room is a set of sockets, guarded by its namespace's mu. Members are in no order.
type room struct {
	name    string
	members []*membership
}

// membership is one socket's place in one room.
type membership struct {
	socket *Socket
	room   *room
	index  int // in room.members
}

func (r *room) add(s *Socket) *membership {
	m := &membership{s, r, len(r.members)}
	r.members = append(r.members, m)
	return m
}

func (r *room) remove(m *membership) {
	last := len(r.members) - 1
	r.members[m.index] = r.members[last]
	r.members[m.index].index = m.index
	r.members[last] = nil
	r.members = r.members[:last]
	if cap(r.members) > 64 && last < cap(r.members)/4 {
		r.members = append(make([]*membership, 0, 2*last), r.members...)
	}
}

// roomSet is the rooms of one socket. Few sockets are in many.
type roomSet struct {
	list   []*membership
	byName map[string]int // index in list; only from indexFrom rooms on
}

// indexFrom is the number of rooms from which a map is faster than a look at each.
const indexFrom = 16

func (s *roomSet) find(name string) int {
	if s.byName != nil {
		if i, ok := s.byName[name]; ok {
			return i
		}
		return -1
	}
	for i, m := range s.list {
		if m.room.name == name {
			return i
		}
	}
	return -1
}

func (s *roomSet) add(m *membership) {
	s.list = append(s.list, m)
	switch {
	case s.byName != nil:
		s.byName[m.room.name] = len(s.list) - 1
	case len(s.list) >= indexFrom:
		s.byName = make(map[string]int, 2*indexFrom)
		for i, m := range s.list {
			s.byName[m.room.name] = i
		}
	}
}

func (s *roomSet) remove(i int) *membership {
	m, last := s.list[i], len(s.list)-1
	s.list[i] = s.list[last]
	s.list[last] = nil
	s.list = s.list[:last]
	if s.byName != nil {
		delete(s.byName, m.room.name)
		if i < last {
			s.byName[s.list[i].room.name] = i
		}
	}
	return m
}

// join adds a socket to a room, with n.mu held.
func (n *Namespace) join(s *Socket, name string) {
	if s.rooms.find(name) >= 0 {
		return
	}
	r := n.rooms[name]
	if r == nil {
		r = &room{name: name}
		if n.rooms == nil {
			n.rooms = make(map[string]*room)
		}
		n.rooms[name] = r
	}
	s.rooms.add(r.add(s))
}

// part removes a socket from the i-th of its rooms, with n.mu held.
func (n *Namespace) part(s *Socket, i int) {
	m := s.rooms.remove(i)
	m.room.remove(m)
	if len(m.room.members) == 0 {
		delete(n.rooms, m.room.name)
	}
}

// add makes a socket a member of the namespace, with n.mu held.
func (n *Namespace) add(s *Socket) {
	if n.byID == nil {
		n.byID = make(map[string]*Socket)
	}
	n.used = true
	n.byID[s.id] = s
	s.member = n.all.add(s)
}

// remove takes a socket out of the namespace and all its rooms, which it returns.
func (n *Namespace) remove(s *Socket) (rooms []string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if s.member == nil {
		return nil
	}
	n.all.remove(s.member)
	s.member = nil
	delete(n.byID, s.id)
	for len(s.rooms.list) > 0 {
		last := len(s.rooms.list) - 1
		rooms = append(rooms, s.rooms.list[last].room.name)
		n.part(s, last)
	}
	s.unhold()
	return rooms
}
