package auth

import (
	"context"
	"strings"

	"gateway/internal/access"
	"gateway/internal/fault"
)

// Sender is where a request comes from.
type Sender struct {
	Address string // host:port, as [Proxies.Resolve] left it
	Agent   string // User-Agent
}

// Login is a login that has just been made.
type Login struct {
	Secret    string // for the cookie; it is kept nowhere
	Session   Session
	Principal *access.Principal
}

// Login lets a person in. A wrong name and a wrong password are refused alike, in the same time. Tries are limited by address,
// and by user too, except from addresses that the user is logged in from: strangers cannot lock anybody out at home.
func (s *Service) Login(ctx context.Context, username, password string, from Sender) (Login, error) {
	id := strings.ToLower(username)
	network, account := networkOf(from.Address), id
	s.mu.RLock()
	u := s.users[id]
	if s.knows(id, from.Address) {
		account = ""
	}
	s.mu.RUnlock()
	if err := s.spendLogin(network, account); err != nil {
		return Login{}, err
	}
	hash := ""
	if u != nil && len(password) <= maxPassword {
		hash = u.Hash
	}
	ok, err := s.hasher.matches(ctx, clip(password, maxPassword), hash)
	switch {
	case err != nil:
		return Login{}, err
	case !ok:
		return Login{}, &Refusal{Code: fault.Denied, Message: "user name or password is wrong"}
	}
	s.logins.refund(network, s.clock.elapsed())
	s.accounts.refund(account, s.clock.elapsed())
	return s.enter(u, from)
}

// knows reports whether the user is logged in from an address; mu is held.
func (s *Service) knows(user, address string) bool {
	for _, x := range s.sessions {
		if x.User == user && x.Address == hostOf(address) {
			return true
		}
	}
	return false
}

func (s *Service) spendLogin(network, account string) error {
	now := s.clock.elapsed()
	wait := s.logins.spend(network, now)
	if wait == 0 {
		wait = s.accounts.spend(account, now)
	}
	if wait > 0 {
		return limited(wait, "too many wrong passwords: wait a little")
	}
	return nil
}

// enter makes the login of a user whose password was right, unless it has been changed meanwhile.
func (s *Service) enter(checked *user, from Sender) (Login, error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	old := s.users[checked.ID]
	if old == nil || old.Epoch != checked.Epoch {
		return Login{}, &Refusal{Code: fault.Denied, Message: "user name or password is wrong"}
	}
	u := &user{old.userRecord, old.ID}
	at := s.clock.wall().UTC().Truncate(1e9)
	u.LoginAt = &at
	if err := s.keepUser(u); err != nil {
		return Login{}, err
	}
	secret, x, err := s.newSession(u, from)
	if err != nil {
		return Login{}, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	return Login{Secret: secret, Session: s.view(x), Principal: x.principal}, nil
}
