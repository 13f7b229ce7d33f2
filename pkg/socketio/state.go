package socketio

import (
	"encoding/gob"
	"fmt"
	"io"
	"time"

	"gateway/pkg/socketio/engine"
)

// stateVersion is the version of what SaveRecovery writes. Others are not read.
const stateVersion = 1

// savedState is what outlives a restart.
type savedState struct {
	Version  int
	Run      string
	Offset   uint64
	Sessions []savedSession
	Logs     []savedLog
}

type savedSession struct {
	PID, ID, Namespace string
	Owner              string
	Rooms              []string
	Expires            time.Time
}

type savedLog struct {
	Namespace string
	Entries   []savedEntry
}

type savedEntry struct {
	Offset        uint64
	At            time.Time
	Text          []byte
	Attachments   [][]byte
	Rooms, Except []string
	Key           string
}

// SaveRecovery writes what the next server needs to recover the clients of
// this one; call it after [Server.Close]. It holds what was emitted lately and what clients prove
// themselves with, so it is as secret as both. [Socket.Data] is not part of it.
func (s *Server) SaveRecovery(w io.Writer) error {
	r := s.recovery
	st := savedState{Version: stateVersion, Run: r.run, Offset: r.offset.Load()}
	logs := make(map[*Namespace]bool)
	for _, l := range r.waiting(time.Now()) {
		st.Sessions = append(st.Sessions, savedSession{l.pid, l.id, l.nsp.name, l.owner, l.rooms, l.expires})
		if !logs[l.nsp] {
			logs[l.nsp] = true
			st.Logs = append(st.Logs, l.nsp.savedLog())
		}
	}
	if err := gob.NewEncoder(w).Encode(st); err != nil {
		return fmt.Errorf("socketio: save recovery state: %w", err)
	}
	return nil
}

func (n *Namespace) savedLog() savedLog {
	n.mu.Lock()
	defer n.mu.Unlock()
	l := savedLog{Namespace: n.name}
	for _, e := range n.log.entries[n.log.head:] {
		text, attachments := e.frame.Message()
		l.Entries = append(l.Entries, savedEntry{e.offset, e.at, text, attachments, e.rooms, e.except, e.key})
	}
	return l
}

// LoadRecovery reads what SaveRecovery wrote; call it when the namespaces are
// registered, before anything is served or emitted. What has expired, or belongs to no
// namespace any more, is left out. Without [Options.Recovery] it does nothing.
func (s *Server) LoadRecovery(r io.Reader) error {
	if !s.recovery.on() {
		return nil
	}
	var st savedState
	if err := gob.NewDecoder(r).Decode(&st); err != nil {
		return fmt.Errorf("socketio: load recovery state: %w", err)
	}
	if st.Version != stateVersion || len(st.Run) != len(s.recovery.run) {
		return fmt.Errorf("socketio: load recovery state: version %d is not %d", st.Version, stateVersion)
	}
	s.recovery.run = st.Run
	s.recovery.offset.Store(st.Offset)
	for _, l := range st.Sessions {
		s.loadSession(l)
	}
	for _, l := range st.Logs {
		if n := s.Lookup(l.Namespace); n != nil {
			n.load(l)
		}
	}
	return nil
}

func (s *Server) loadSession(l savedSession) {
	if !time.Now().Before(l.Expires) {
		return
	}
	n, _ := s.resolve(l.Namespace)
	if n == nil {
		return
	}
	n, err := n.enter(l.Namespace)
	if err != nil {
		return
	}
	s.recovery.save(&session{pid: l.PID, id: l.ID, owner: l.Owner, nsp: n, rooms: l.Rooms, expires: l.Expires})
}

func (n *Namespace) load(l savedLog) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.used = true
	for _, e := range l.Entries {
		n.log.add(logEntry{
			offset: e.Offset, at: e.At, frame: engine.NewFrame(nil, e.Text, e.Attachments...),
			rooms: e.Rooms, except: e.Except, key: e.Key,
		}, n.srv.recovery)
	}
}
