package socketio

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"gateway/pkg/socketio/engine"
)

// maxSessions bounds the lost connections whose return is awaited; beyond it
// the longest lost is forgotten.
const maxSessions = 10000

// recovery is the server's part of connection state recovery.
type recovery struct {
	window     time.Duration // 0: off
	maxPackets int           // per namespace
	maxBytes   int64         // in all namespaces
	run        string        // tells the offsets of this server from those of another
	offset     atomic.Uint64
	bytes      atomic.Int64

	trim func(before time.Time) // removes old entries of all logs

	mu       sync.Mutex
	sessions []*session // in the order in which they expire, taken ones too
	byPID    map[string]*session
	ticking  atomic.Bool
	timer    *time.Timer
	closed   bool
}

// session is the state of a socket whose connection was lost.
type session struct {
	pid, id string
	nsp     *Namespace
	rooms   []string
	data    any
	expires time.Time
	taken   bool // guarded by recovery.mu
}

func newRecovery(o Options) *recovery {
	return &recovery{
		window: o.Recovery, maxPackets: o.RecoveryPackets, maxBytes: o.RecoveryBytes,
		run: engine.NewID()[:5], byPID: make(map[string]*session),
	}
}

func (r *recovery) on() bool { return r.window > 0 }

// text returns an offset as clients see it.
func (r *recovery) text(offset uint64) string { return r.run + strconv.FormatUint(offset, 36) }

// parse is the reverse of text, for offsets of this server.
func (r *recovery) parse(s string) (uint64, bool) {
	digits, ok := strings.CutPrefix(s, r.run)
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseUint(digits, 36, 64)
	return n, err == nil
}

// Recoverable reports whether a client whose socket ended so may take up its state again.
func (r Reason) Recoverable() bool {
	switch r {
	case ReasonTransportClose, ReasonTransportError, ReasonPingTimeout, ReasonServerShutdown, ReasonSlowConsumer:
		return true
	}
	return false
}

// save keeps a session, which holds its namespace.
func (r *recovery) save(s *session) {
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		s.nsp.leave()
		return
	}
	r.sessions = append(r.sessions, s)
	r.byPID[s.pid] = s
	var old *session
	if len(r.sessions) > maxSessions {
		old = r.pop()
	}
	r.mu.Unlock()
	r.tick()
	old.drop()
}

// take returns the session with the pid, once.
func (r *recovery) take(n *Namespace, pid string) *session {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.byPID[pid]
	if s == nil || s.nsp != n || !time.Now().Before(s.expires) {
		return nil
	}
	s.taken = true
	delete(r.byPID, pid)
	return s
}

// pop removes the first session; nil if it was taken.
func (r *recovery) pop() *session {
	s := r.sessions[0]
	r.sessions[0] = nil
	r.sessions = r.sessions[1:]
	if s.taken {
		return nil
	}
	s.taken = true
	delete(r.byPID, s.pid)
	return s
}

// drop lets the session's namespace go.
func (s *session) drop() {
	if s != nil {
		s.nsp.leave()
	}
}

// tick makes sure that sweep will run.
func (r *recovery) tick() {
	if r.ticking.Swap(true) {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.closed {
		r.timer = time.AfterFunc(r.window/4, r.sweep)
	}
}

// sweep forgets what has expired, and comes again while there is something.
func (r *recovery) sweep() {
	r.ticking.Store(false)
	var old []*session
	now := time.Now()
	r.mu.Lock()
	for len(r.sessions) > 0 && !now.Before(r.sessions[0].expires) {
		old = append(old, r.pop())
	}
	left := len(r.sessions) > 0
	r.mu.Unlock()
	for _, s := range old {
		s.drop()
	}
	r.trim(now.Add(-r.window))
	if left || r.bytes.Load() > 0 {
		r.tick()
	}
}

// stop forgets everything.
func (r *recovery) stop() {
	r.mu.Lock()
	r.closed = true
	all := r.sessions
	r.sessions, r.byPID = nil, nil
	if r.timer != nil {
		r.timer.Stop()
	}
	r.mu.Unlock()
	for _, s := range all {
		if !s.taken {
			s.drop()
		}
	}
}

// claim is what a client that comes back sends in its auth object.
type claim struct {
	PID    string `json:"pid"`
	Offset string `json:"offset"`
}

// restored is the state that a returning socket takes up.
type restored struct {
	session *session
	missed  []*engine.Frame
}

// restore looks for the state that the socket claims, with n.mu held.
func (n *Namespace) restore(auth json.RawMessage) *restored {
	r := n.srv.recovery
	var c claim
	if !r.on() || auth == nil || json.Unmarshal(auth, &c) != nil || c.PID == "" {
		return nil
	}
	offset, ok := r.parse(c.Offset)
	if !ok {
		return nil
	}
	entries, ok := n.log.since(offset)
	if !ok {
		return nil
	}
	s := r.take(n, c.PID)
	if s == nil {
		return nil
	}
	missed := missedBy(entries, s.id, s.rooms)
	if !n.srv.fitsQueue(missed) {
		s.drop() // not the namespace's last user: the socket is one
		return nil
	}
	return &restored{s, missed}
}

// evict ends a socket that the claim is about, if it is still here: the client
// noticed the loss of its connection before the server.
func (n *Namespace) evict(auth json.RawMessage) {
	var c claim
	if !n.srv.recovery.on() || auth == nil || json.Unmarshal(auth, &c) != nil || c.PID == "" {
		return
	}
	n.mu.Lock()
	var old *Socket
	for _, m := range n.all.members {
		if m.socket.pid == c.PID {
			old = m.socket
		}
	}
	n.mu.Unlock()
	if old != nil {
		old.leave(ReasonTransportClose)
	}
}

// keep saves the state of a socket that has just been removed, if its client
// may come back. Then the session is what holds the namespace.
func (n *Namespace) keep(s *Socket, reason Reason, rooms []string) bool {
	r := n.srv.recovery
	if !r.on() || !reason.Recoverable() || s.noRecovery.Load() {
		return false
	}
	r.save(&session{
		pid: s.pid, id: s.id, nsp: n, rooms: rooms, data: s.Data(), expires: time.Now().Add(r.window),
	})
	return true
}

// record keeps a packet for those who miss it, with n.mu held, and returns its
// frame with an offset behind the arguments.
func (n *Namespace) record(p *Packet, rooms, except []string, key string) *engine.Frame {
	r := n.srv.recovery
	offset := r.offset.Add(1)
	f := p.withOffset(r.text(offset))
	n.log.add(logEntry{
		offset: offset, at: time.Now(), frame: f,
		rooms: slices.Clone(rooms), except: slices.Clone(except), key: key,
	}, r)
	if !r.ticking.Load() {
		r.tick()
	}
	return f
}

// fitsQueue reports whether frames may be queued at once for a connection.
func (s *Server) fitsQueue(frames []*engine.Frame) bool {
	size := 0
	for _, f := range frames {
		size += f.Len()
	}
	return size <= s.o.MaxQueueBytes/2 && len(frames) <= s.o.MaxQueuePackets/2
}
