package auth

import (
	"crypto/rand"
	"encoding/base32"
	"log/slog"
	"strings"
	"sync"
	"time"

	"gateway/internal/records"
)

// Options are what a Service is made of.
type Options struct {
	Records records.Store
	Policy  Policy // for those who bring no credentials

	Now     func() time.Time     // the time of day; nil means time.Now
	Elapsed func() time.Duration // never jumps; nil means the time since New

	// Changed is told of everything that changes, for pages that show it: what is "users", "tokens", "sessions" or "setup".
	// It must not block. May be nil.
	Changed func(what, id string)
	// Taken reports whether an id names somebody whom this service does not know, such as a board. May be nil.
	Taken func(id string) bool
	// ShowCode is told of each new setup code, to show it to whoever can read the gateway's output. May be nil.
	ShowCode func(SetupCode)
	Logger   *slog.Logger // nil means nowhere
}

// Service knows users, their logins, and tokens. It holds all of them in memory, and writes each change before it is in force.
type Service struct {
	records  records.Store
	policy   Policy
	clock    clock
	changed  func(what, id string)
	others   func(id string) bool
	showCode func(SetupCode)
	log      *slog.Logger
	hasher   hasher
	wake     chan struct{} // the next end may be nearer than Run thinks

	logins, accounts, claims *limiter

	writing sync.Mutex // held by whoever changes something, over the write to disk; taken before mu

	mu        sync.RWMutex
	users     map[string]*user
	sessions  map[string]*session
	tokens    map[string]*token
	setup     setupCode
	listeners []func(Change)
	kept      seenRecord // what Flush has written; guarded by writing
}

// New loads what is known. Call [Service.Run] to have ends noticed and uses written down.
func New(o Options) (*Service, error) {
	s := &Service{
		records: o.Records, policy: o.Policy, clock: newClock(o.Now, o.Elapsed),
		changed: o.Changed, others: o.Taken, showCode: o.ShowCode, log: o.Logger, hasher: newHasher(), wake: make(chan struct{}, 1),
		logins: newLimiter(10, 30*time.Second), accounts: newLimiter(20, 15*time.Second), claims: newLimiter(8, 30*time.Second),
		users: map[string]*user{}, sessions: map[string]*session{}, tokens: map[string]*token{},
	}
	if s.changed == nil {
		s.changed = func(string, string) {}
	}
	if s.others == nil {
		s.others = func(string) bool { return false }
	}
	if s.showCode == nil {
		s.showCode = func(SetupCode) {}
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	return s, s.load()
}

// load reads the records: users and tokens first, since times in them tell a clock that does not know what day it is.
func (s *Service) load() error {
	if err := s.loadUsers(); err != nil {
		return err
	}
	if err := s.loadTokens(); err != nil {
		return err
	}
	seen, err := s.loadSeen()
	if err != nil {
		return err
	}
	return s.loadSessions(seen)
}

// taken reports whether id names a principal already: one id never names two, whatever they are.
func (s *Service) taken(id string) bool { return s.Knows(id) || s.others(id) }

func (s *Service) awake() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// random is n random bytes as text that has no upper case and no signs, so that it survives being read out and double-clicked.
func random(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return encode(b)
}

func encode(b []byte) string {
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b))
}
