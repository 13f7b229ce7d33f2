package socketio

import (
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
	owner   string
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

// take returns the session of an owner with the pid, once.
func (r *recovery) take(n *Namespace, pid, owner string) *session {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.byPID[pid]
	if s == nil || s.nsp != n || s.owner != owner || !time.Now().Before(s.expires) {
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

// stop ends the sweeping. What is kept stays for SaveRecovery.
func (r *recovery) stop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	if r.timer != nil {
		r.timer.Stop()
	}
}

// waiting returns the sessions that may still be taken.
func (r *recovery) waiting(now time.Time) []*session {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []*session
	for _, s := range r.sessions {
		if !s.taken && now.Before(s.expires) {
			all = append(all, s)
		}
	}
	return all
}
