package auth

import (
	"cmp"
	"crypto/sha256"
	"crypto/subtle"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"gateway/internal/access"
	"gateway/internal/records"
)

// How long a login lasts.
const (
	sessionIdle = 12 * time.Hour     // without a request
	sessionMax  = 7 * 24 * time.Hour // at all
	userLogins  = 20                 // of one person at a time; the one that was idle longest ends for the next
	maxAgent    = 200                // bytes of User-Agent
)

// Session is one login of a person.
type Session struct {
	ID         string
	UserID     string
	Username   string
	CreatedAt  time.Time
	LastSeenAt time.Time
	ExpiresAt  time.Time // when nothing is heard until then
	Address    string    // that it logged in from
	Agent      string    // what the browser called itself then
}

// sessionRecord is what is kept of a login.
type sessionRecord struct {
	User      string    `json:"user"`
	Epoch     string    `json:"epoch"` // of the user
	Hash      []byte    `json:"hash"`  // SHA-256 of the cookie
	CreatedAt time.Time `json:"created_at"`
	Address   string    `json:"address"`
	Agent     string    `json:"agent"`
}

// session is a login in force. Its times are those that never jump.
type session struct {
	sessionRecord
	ID        string
	born      time.Duration
	seen      atomic.Int64      // a time.Duration
	principal *access.Principal // replaced, under mu, when the user's role changes
}

func (x *session) end() time.Duration {
	return min(time.Duration(x.seen.Load())+sessionIdle, x.born+sessionMax)
}

func (x *session) over(now time.Duration) bool { return now >= x.end() }

func principalOf(u *user, session string) *access.Principal {
	p := &access.Principal{Kind: access.KindUser, ID: u.ID, Role: u.Role, Session: session}
	p.Read, p.Write = u.Role.Topics()
	return p
}

// sessionID is the id of the login that has this cookie: it tells nothing about the cookie.
func sessionID(hash []byte) string { return encode(hash[:10]) }

// bySecret returns the principal of a login by its cookie, nil if there is none.
func (s *Service) bySecret(secret string) *access.Principal {
	sum := sha256.Sum256([]byte(secret))
	s.mu.RLock()
	defer s.mu.RUnlock()
	x, now := s.sessions[sessionID(sum[:])], s.clock.elapsed()
	if x == nil || subtle.ConstantTimeCompare(sum[:], x.Hash) != 1 || x.over(now) {
		return nil
	}
	x.seen.Store(int64(now))
	return x.principal
}

// newSession makes a login of u; writing is held. The secret is for the cookie.
func (s *Service) newSession(u *user, from Sender) (secret string, x *session, err error) {
	secret = random(32)
	sum := sha256.Sum256([]byte(secret))
	x = &session{ID: sessionID(sum[:]), born: s.clock.elapsed(), sessionRecord: sessionRecord{
		User: u.ID, Epoch: u.Epoch, Hash: sum[:], CreatedAt: s.clock.wall().UTC().Truncate(time.Second),
		Address: hostOf(from.Address), Agent: clip(from.Agent, maxAgent),
	}}
	x.seen.Store(int64(x.born))
	x.principal = principalOf(u, x.ID)
	s.endOldest(u.ID)
	if err := records.Put(s.records, bucketSessions, x.ID, x.sessionRecord); err != nil {
		return "", nil, err
	}
	s.mu.Lock()
	s.sessions[x.ID] = x
	s.mu.Unlock()
	s.changed("sessions", x.ID)
	s.awake()
	return secret, x, nil
}

func clip(s string, n int) string {
	if len(s) > n {
		s = s[:n]
	}
	return strings.ToValidUTF8(s, "")
}

// endOldest makes room for one more login of a person; writing is held.
func (s *Service) endOldest(user string) {
	var own []*session
	for _, x := range s.sessions {
		if x.User == user {
			own = append(own, x)
		}
	}
	if len(own) < userLogins {
		return
	}
	oldest := slices.MinFunc(own, func(a, b *session) int { return cmp.Compare(a.seen.Load(), b.seen.Load()) })
	s.dropSessions(func(x *session) bool { return x == oldest })
}

// dropSessions ends the logins that match picks, and returns how many; writing is held. A record that cannot be removed is left:
// it ends by its age at the latest.
func (s *Service) dropSessions(match func(*session) bool) int {
	var gone []string
	s.mu.Lock()
	for id, x := range s.sessions {
		if match(x) {
			gone = append(gone, id)
			delete(s.sessions, id)
		}
	}
	s.mu.Unlock()
	for _, id := range gone {
		if err := records.Delete(s.records, bucketSessions, id); err != nil {
			s.log.Warn("a login has ended, but may come back with the next start", "err", err)
		}
		s.changed("sessions", id)
	}
	return len(gone)
}

// renewSession lets the login keep go on under the user's new epoch; writing is held.
func (s *Service) renewSession(keep string, u *user) error {
	x := s.sessions[keep]
	if x == nil || x.User != u.ID {
		return nil
	}
	s.mu.Lock()
	x.Epoch = u.Epoch
	s.mu.Unlock()
	return records.Put(s.records, bucketSessions, keep, x.sessionRecord)
}

// Sessions lists the logins of a user, or of everybody for the empty id, the newest first.
func (s *Service) Sessions(user string) []Session {
	s.mu.RLock()
	defer s.mu.RUnlock()
	list := []Session{}
	for _, x := range s.sessions {
		if user == "" || x.User == user {
			list = append(list, s.view(x))
		}
	}
	slices.SortFunc(list, func(a, b Session) int {
		return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
	return list
}

// SessionByID returns one login.
func (s *Service) SessionByID(id string) (Session, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if x := s.sessions[id]; x != nil {
		return s.view(x), nil
	}
	return Session{}, notFound("session", id)
}

// view is called with mu held.
func (s *Service) view(x *session) Session {
	v := Session{
		ID: x.ID, UserID: x.User, Username: x.User, CreatedAt: x.CreatedAt, Address: x.Address, Agent: x.Agent,
		LastSeenAt: s.clock.date(time.Duration(x.seen.Load())), ExpiresAt: s.clock.date(x.end()),
	}
	if u := s.users[x.User]; u != nil {
		v.Username = u.Username
	}
	return v
}

// EndSession logs out.
func (s *Service) EndSession(id string) error {
	s.writing.Lock()
	n := s.dropSessions(func(x *session) bool { return x.ID == id })
	s.writing.Unlock()
	if n == 0 {
		return notFound("session", id)
	}
	s.tell(Change{ofSession(id), "logged out"})
	return nil
}
