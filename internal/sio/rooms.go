package sio

import (
	"strings"

	"gateway/internal/fault"
	"gateway/pkg/socketio"
)

const (
	maxRoom  = 256 // bytes of a room's name
	maxRooms = 256 // rooms of one socket
)

func (s *Surface) joinRoom(e *socketio.Event) error {
	m := memberOf(e.Socket())
	room, err := roomOf(e)
	if err == nil {
		err = m.pace.take()
	}
	if err != nil {
		return err
	}
	known, full := false, false
	added := s.listen(m, func() bool {
		_, known = m.rooms[room]
		full = len(m.rooms) > maxRooms
		if known || full {
			return false
		}
		m.rooms[room] = struct{}{}
		return true
	})
	switch {
	case known:
		return nil
	case full:
		return fault.New(fault.RateLimited, "a socket may be in %d rooms", maxRooms)
	case len(added) == 0:
		s.bus.Barrier(func(uint64) { delete(m.rooms, room) })
		return fault.New(fault.Denied, "no mapping of %s sends to rooms that you may hear", m.sock.Namespace().Name())
	}
	return nil
}

func (s *Surface) leaveRoom(e *socketio.Event) error {
	m := memberOf(e.Socket())
	room, err := roomOf(e)
	if err == nil {
		err = m.pace.take()
	}
	if err != nil {
		return err
	}
	s.bus.Barrier(func(uint64) {
		if _, in := m.rooms[room]; in {
			delete(m.rooms, room)
			s.regroup(m)
		}
	})
	return nil
}

func roomOf(e *socketio.Event) (string, error) {
	var room string
	if len(e.Args) != 1 || e.Args[0].Decode(&room) != nil || room == "" || len(room) > maxRoom || strings.ContainsRune(room, 0) {
		return "", fault.New(fault.Invalid, "%s takes one room: a string of 1 to %d bytes", e.Name, maxRoom)
	}
	return room, nil
}
