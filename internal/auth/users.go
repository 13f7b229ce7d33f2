package auth

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"gateway/internal/access"
	"gateway/internal/records"
)

const maxUsers = 200

// User is a person who may log in.
type User struct {
	ID          string // the user name in lower case; it never changes
	Username    string
	Role        access.Role // admin, operator or viewer
	CreatedAt   time.Time
	LastLoginAt *time.Time
	Revision    string
}

// userRecord is what is kept of a user.
type userRecord struct {
	Username  string      `json:"username"`
	Role      access.Role `json:"role"`
	Hash      string      `json:"hash"`  // of the password
	Epoch     string      `json:"epoch"` // random; logins of another epoch have ended
	CreatedAt time.Time   `json:"created_at"`
	LoginAt   *time.Time  `json:"login_at,omitempty"` // the last one
}

// user is a user in force. It is never changed: a change makes a new one.
type user struct {
	userRecord
	ID string
}

func (u *user) revision() string {
	r := u.userRecord
	r.LoginAt = nil // logging in is no change that an editor has to know of
	return revisionOf(r)
}

func (u *user) view() User {
	return User{ID: u.ID, Username: u.Username, Role: u.Role, CreatedAt: u.CreatedAt, LastLoginAt: u.LoginAt, Revision: u.revision()}
}

func (s *Service) loadUsers() error {
	return records.Each(s.records, bucketUsers, func(id string, r *userRecord) {
		s.clock.saw(r.CreatedAt)
		if r.LoginAt != nil {
			s.clock.saw(*r.LoginAt)
		}
		s.users[id] = &user{*r, id}
	})
}

// Claimed reports whether the gateway has an owner: an admin made with the setup code or on the command line.
func (s *Service) Claimed() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.users) > 0
}

// Users lists the users by id.
func (s *Service) Users() []User {
	s.mu.RLock()
	defer s.mu.RUnlock()
	list := make([]User, 0, len(s.users))
	for _, u := range s.users {
		list = append(list, u.view())
	}
	slices.SortFunc(list, func(a, b User) int { return cmp.Compare(a.ID, b.ID) })
	return list
}

// UserByID returns one user.
func (s *Service) UserByID(id string) (User, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if u := s.users[id]; u != nil {
		return u.view(), nil
	}
	return User{}, notFound("user", id)
}

// AddUser makes a user. The first one has to be an admin.
func (s *Service) AddUser(ctx context.Context, username, password string, role access.Role) (User, error) {
	if err := checkUser(username, password, role); err != nil {
		return User{}, err
	}
	hash, err := s.hasher.hash(ctx, password)
	if err != nil {
		return User{}, err
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	u, err := s.addUser(username, hash, role)
	if err != nil {
		return User{}, err
	}
	return u.view(), nil
}

// addUser is called with writing held.
func (s *Service) addUser(username, hash string, role access.Role) (*user, error) {
	id := strings.ToLower(username)
	switch {
	case s.taken(id):
		return nil, conflict("the name %q is taken: users and tokens have names of their own", id)
	case len(s.users) == 0 && role != access.RoleAdmin:
		return nil, conflict("the first user has to be an admin")
	case len(s.users) >= maxUsers:
		return nil, conflict("there are %d users already, which is the most", maxUsers)
	}
	u := &user{userRecord{
		Username: username, Role: role, Hash: hash, Epoch: random(8), CreatedAt: s.clock.wall().UTC().Truncate(time.Second),
	}, id}
	return u, s.keepUser(u)
}

// keepUser writes u and puts it in force; writing is held.
func (s *Service) keepUser(u *user) error {
	if err := records.Put(s.records, bucketUsers, u.ID, u.userRecord); err != nil {
		return err
	}
	s.mu.Lock()
	s.users[u.ID] = u
	s.mu.Unlock()
	s.changed("users", u.ID)
	return nil
}

func checkUser(username, password string, role access.Role) error {
	if err := checkUsername(username); err != nil {
		return err
	}
	if err := checkRole(role); err != nil {
		return err
	}
	return checkPassword(password, username)
}

func checkUsername(name string) error {
	if !access.ValidID(name) || !access.ValidID(strings.ToLower(name)) {
		return badField("username", "letters, digits, and - _ . @ are fine",
			"a user name is a word of at most 64 bytes, without spaces and without / + # { }")
	}
	return nil
}

func checkRole(r access.Role) error {
	if !r.Person() {
		return badField("role", "", "role should be admin, operator or viewer, not %q", r)
	}
	return nil
}
