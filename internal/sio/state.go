package sio

import (
	"bytes"
	"encoding/gob"
	"fmt"
	"strings"
	"time"

	"gateway/pkg/mapping"
	"gateway/pkg/socketio"
)

// state is what lets clients take up where they were after a clean restart.
type state struct {
	Server        []byte                  // pkg/socketio's own
	Subscriptions map[string][]savedGroup // of /mqtt, by socket id
}

type savedGroup struct {
	Filter  string
	Codec   mapping.Codec
	NoLocal bool
}

// SaveState returns what the next gateway needs so that a restart loses nobody's events; it is called after Close. It is as
// secret as the messages in it.
func (s *Surface) SaveState() ([]byte, error) {
	var server, out bytes.Buffer
	if err := s.server.SaveRecovery(&server); err != nil {
		return nil, err
	}
	st := state{Server: server.Bytes(), Subscriptions: s.raw.saved()}
	if err := gob.NewEncoder(&out).Encode(st); err != nil {
		return nil, fmt.Errorf("save the state of socket.io clients: %w", err)
	}
	return out.Bytes(), nil
}

// LoadState takes up what SaveState saved; it is called when the mappings are in force and before anything is served.
func (s *Surface) LoadState(saved []byte) error {
	var st state
	if err := gob.NewDecoder(bytes.NewReader(saved)).Decode(&st); err != nil {
		return fmt.Errorf("load the state of socket.io clients: %w", err)
	}
	if err := s.server.LoadRecovery(bytes.NewReader(st.Server)); err != nil {
		return err
	}
	s.raw.load(st.Subscriptions)
	return nil
}

// saved are the subscriptions of clients that may come back.
func (r *raw) saved() map[string][]savedGroup {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := map[string][]savedGroup{}
	for id, m := range r.members {
		if !m.returns {
			continue
		}
		for _, g := range m.filters {
			out[id] = append(out[id], savedGroup{g.filter, g.codec, g.noLocal})
		}
	}
	return out
}

// load makes the groups of lost sockets, so that what is published before their clients are back is kept for them.
func (r *raw) load(subscriptions map[string][]savedGroup) {
	r.surface.bus.Barrier(func(uint64) {
		r.mu.Lock()
		defer r.mu.Unlock()
		for id, list := range subscriptions {
			m := &subscriber{filters: map[string]*group{}, returns: true, pace: newPace()}
			r.members[id] = m
			for _, s := range list {
				m.filters[s.Filter] = r.groupOf(subscription{filter: s.Filter, codec: s.Codec, noLocal: s.NoLocal})
			}
			time.AfterFunc(r.surface.recovery+recoveryMargin, func() { r.leaveLost(id, m) })
		}
		r.forgetTopics()
	})
}

// heardBefore is what a recovered socket was in when the gateway stopped, as far as the rules in force still say it.
func (s *Surface) heardBefore(sock *socketio.Socket) (rooms map[string]struct{}, groups map[string]*mapping.Compiled) {
	rooms, groups = map[string]struct{}{"": {}}, map[string]*mapping.Compiled{}
	rules := map[string]*mapping.Compiled{}
	for _, r := range s.bridge.Table().Rules() {
		rules[r.Name()] = r
	}
	for _, group := range sock.Rooms() {
		name, rest, _ := strings.Cut(group, "\x00")
		room, _, _ := strings.Cut(rest, "\x00")
		rooms[room] = struct{}{}
		if rule := rules[name]; rule != nil {
			groups[group] = rule
		}
	}
	return rooms, groups
}
