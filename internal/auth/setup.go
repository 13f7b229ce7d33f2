package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"strings"
	"time"

	"gateway/internal/access"
	"gateway/internal/fault"
)

// setupLasts is how long a setup code is good for.
const setupLasts = 15 * time.Minute

// SetupCode is what proves that somebody can read the gateway's output, and so owns it.
type SetupCode struct {
	Code      string // two groups of four, like 7QK2-M9XD
	ExpiresAt time.Time
}

// setupCode is the present code. It is in memory only.
type setupCode struct {
	code  string
	until time.Duration
}

// codeAlphabet has no letters that look like digits or like each other.
const codeAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

func newCode() string {
	b := make([]byte, 8)
	_, _ = rand.Read(b) // never fails
	for i := range b {
		b[i] = codeAlphabet[int(b[i])%len(codeAlphabet)]
	}
	return string(b[:4]) + "-" + string(b[4:])
}

// readCode is a code as it was typed, in the form that newCode makes; empty when it cannot be one.
func readCode(typed string) string {
	s := strings.NewReplacer("-", "", " ", "", "O", "0", "I", "1", "L", "1").Replace(strings.ToUpper(typed))
	if len(s) != 8 || strings.Trim(s, codeAlphabet) != "" {
		return ""
	}
	return s[:4] + "-" + s[4:]
}

// SetupCode returns the code that claims the gateway, a new one when there is none or the old one has expired; renew makes a new
// one anyway. It is a conflict when the gateway has been claimed.
func (s *Service) SetupCode(renew bool) (SetupCode, error) {
	s.mu.Lock()
	if len(s.users) > 0 {
		s.mu.Unlock()
		return SetupCode{}, conflict("this gateway has been claimed already: log in")
	}
	now := s.clock.elapsed()
	fresh := renew || s.setup.code == "" || now >= s.setup.until
	if fresh {
		s.setup = setupCode{newCode(), now + setupLasts}
	}
	c := SetupCode{s.setup.code, s.clock.date(s.setup.until)}
	s.mu.Unlock()
	if fresh {
		s.showCode(c)
	}
	return c, nil
}

// CheckSetupCode refuses a code that is not the present one. Tries are limited by address.
func (s *Service) CheckSetupCode(typed string, from Sender) error {
	present, err := s.SetupCode(false)
	if err != nil {
		return err
	}
	network := networkOf(from.Address)
	if wait := s.claims.spend(network, s.clock.elapsed()); wait > 0 {
		return limited(wait, "too many wrong setup codes: wait a little")
	}
	if subtle.ConstantTimeCompare([]byte(readCode(typed)), []byte(present.Code)) != 1 {
		return &Refusal{
			Code: fault.Denied, Field: "code",
			Message: "this is not the setup code: the newest one stands in the gateway's log, and `gateway setup-code` prints it",
		}
	}
	s.claims.refund(network, s.clock.elapsed())
	return nil
}

// Claim makes the first user, an admin, for whoever has the setup code, and logs it in.
func (s *Service) Claim(ctx context.Context, code, username, password string, from Sender) (Login, error) {
	if err := s.CheckSetupCode(code, from); err != nil {
		return Login{}, err
	}
	if err := checkUser(username, password, access.RoleAdmin); err != nil {
		return Login{}, err
	}
	hash, err := s.hasher.hash(ctx, password)
	if err != nil {
		return Login{}, err
	}
	u, err := s.claim(username, hash)
	if err != nil {
		return Login{}, err
	}
	return s.enter(u, from)
}

func (s *Service) claim(username, hash string) (*user, error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	if len(s.users) > 0 {
		return nil, conflict("this gateway has been claimed already: log in")
	}
	u, err := s.addUser(username, hash, access.RoleAdmin)
	if err == nil {
		s.changed("setup", "")
	}
	return u, err
}
