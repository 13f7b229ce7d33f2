package auth

import (
	"context"

	"gateway/internal/access"
	"gateway/internal/fault"
	"gateway/internal/records"
)

// SetRole changes the role of the user if it is at revision, or at any when revision is "" or "*". Logins go on with it.
func (s *Service) SetRole(id, revision string, role access.Role) (User, error) {
	u, err := s.setRole(id, revision, role)
	if err != nil {
		return User{}, err
	}
	s.tell(Change{ofUser(id), "your role was changed"})
	return u.view(), nil
}

func (s *Service) setRole(id, revision string, role access.Role) (*user, error) {
	if err := checkRole(role); err != nil {
		return nil, err
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	old, err := s.userAt(id, revision)
	if err != nil {
		return nil, err
	}
	if role != access.RoleAdmin && s.lastAdmin(old) {
		return nil, conflict("%s is the last admin: make another one first", old.Username)
	}
	u := &user{old.userRecord, id}
	u.Role = role
	if err := s.keepUser(u); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, x := range s.sessions {
		if x.User == id {
			x.principal = principalOf(u, x.ID)
		}
	}
	return u, nil
}

// userAt is called with writing held.
func (s *Service) userAt(id, revision string) (*user, error) {
	u := s.users[id]
	return u, current("user", id, revision, u != nil, func() string { return u.revision() })
}

// lastAdmin reports whether nobody could administer the gateway without u.
func (s *Service) lastAdmin(u *user) bool {
	for _, other := range s.users {
		if other.ID != u.ID && other.Role == access.RoleAdmin {
			return false
		}
	}
	return u.Role == access.RoleAdmin
}

// RemoveUser removes the user if it is at revision, or at any when revision is "" or "*", and ends its logins.
func (s *Service) RemoveUser(id, revision string) error {
	if err := s.removeUser(id, revision); err != nil {
		return err
	}
	s.tell(Change{ofUser(id), "this user was removed"})
	return nil
}

func (s *Service) removeUser(id, revision string) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	u, err := s.userAt(id, revision)
	if err != nil {
		return err
	}
	if s.lastAdmin(u) {
		return conflict("%s is the last admin: make another one first", u.Username)
	}
	if err := records.Delete(s.records, bucketUsers, id); err != nil { // from here on its logins are void, whatever happens to their records
		return err
	}
	s.mu.Lock()
	delete(s.users, id)
	s.mu.Unlock()
	s.dropSessions(func(x *session) bool { return x.User == id })
	s.changed("users", id)
	return nil
}

// SetPassword gives a user another password. All its logins end, but for the one with the id keep. With a current password that
// is not nil that one has to be right.
func (s *Service) SetPassword(ctx context.Context, id, password string, now *string, keep string) error {
	s.mu.RLock()
	u := s.users[id]
	s.mu.RUnlock()
	if u == nil {
		return notFound("user", id)
	}
	if err := checkPassword(password, u.Username); err != nil {
		return err
	}
	if now != nil {
		if err := s.checkCurrent(ctx, u, *now); err != nil {
			return err
		}
	}
	hash, err := s.hasher.hash(ctx, password)
	if err != nil {
		return err
	}
	if err := s.setHash(id, hash, keep); err != nil {
		return err
	}
	s.tell(Change{ofUser(id), "the password was changed"})
	return nil
}

// checkCurrent is limited like logins: an open page must not become a place to guess.
func (s *Service) checkCurrent(ctx context.Context, u *user, password string) error {
	key := u.ID
	if wait := s.accounts.spend(key, s.clock.elapsed()); wait > 0 {
		return limited(wait, "too many wrong passwords: wait a little")
	}
	ok, err := s.hasher.matches(ctx, password, u.Hash)
	if err != nil {
		return err
	}
	if !ok {
		return &Refusal{Code: fault.Denied, Field: "current", Message: "the current password is wrong"}
	}
	s.accounts.refund(key, s.clock.elapsed())
	return nil
}

func (s *Service) setHash(id, hash, keep string) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	old := s.users[id]
	if old == nil {
		return notFound("user", id)
	}
	u := &user{old.userRecord, id}
	u.Hash, u.Epoch = hash, random(8)
	if err := s.keepUser(u); err != nil {
		return err
	}
	s.dropSessions(func(x *session) bool { return x.User == id && x.ID != keep })
	return s.renewSession(keep, u)
}

// EndAllSessions logs everybody out.
func (s *Service) EndAllSessions() {
	s.writing.Lock()
	s.dropSessions(func(*session) bool { return true })
	s.writing.Unlock()
	s.tell(Change{func(p *access.Principal) bool { return p.Kind == access.KindUser }, "everybody was logged out"})
}
