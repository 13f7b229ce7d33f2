package auth

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"gateway/internal/access"
	"gateway/internal/records"
	"gateway/pkg/mapping"
)

const (
	maxTokens   = 2000
	maxPatterns = 64  // of a token, each way
	maxPattern  = 256 // bytes
	maxName     = 64  // bytes
)

// NewToken says what token to make. Nil patterns are the kind's own: everything for a client, devices/{client.id}/# for a device.
type NewToken struct {
	Name        string
	Kind        TokenKind
	Role        access.Role // of an api token; of the others it follows from the kind
	Read, Write []string
	ExpiresAt   *time.Time
	ExpiresIn   time.Duration // 0: never, or ExpiresAt
	By          *access.Principal
}

// AddToken makes a token and returns its secret, which is nowhere to be had again.
func (s *Service) AddToken(n NewToken) (Token, string, error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	r, err := s.newTokenRecord(n)
	if err != nil {
		return Token{}, "", err
	}
	secret := newSecret(n.Kind)
	sum := sha256.Sum256([]byte(secret))
	r.Hash, r.Grant = sum[:], random(8)
	t := newToken(s.freeID(n.Name), r)
	if err := records.Put(s.records, bucketTokens, t.ID, r); err != nil {
		return Token{}, "", err
	}
	s.keepToken(t)
	return t.view(), secret, nil
}

// newSecret is 256 random bits; for a device 160, because the password fields of old firmware end at 32 characters.
func newSecret(k TokenKind) string {
	if k == KindDevice {
		return random(20)
	}
	return random(32)
}

func (s *Service) newTokenRecord(n NewToken) (tokenRecord, error) {
	r := tokenRecord{
		Name: strings.TrimSpace(n.Name), Kind: n.Kind, Role: n.Role, Read: n.Read, Write: n.Write, ExpiresAt: n.ExpiresAt,
		CreatedAt: s.clock.wall().UTC().Truncate(time.Second), CreatedBy: n.By.String(),
	}
	if len(s.tokens) >= maxTokens {
		return r, conflict("there are %d tokens already, which is the most: remove some", maxTokens)
	}
	if n.ExpiresIn != 0 {
		at := s.clock.wall().Add(n.ExpiresIn).UTC().Truncate(time.Second)
		r.ExpiresAt = &at
	}
	setDefaults(&r)
	return r, s.checkToken(r)
}

func setDefaults(r *tokenRecord) {
	own := []string{"#"}
	switch r.Kind {
	case KindClient:
		r.Role = access.RoleClient
	case KindDevice:
		r.Role, own = access.RoleDevice, []string{"devices/" + access.ClientID + "/#"}
	default:
		return
	}
	if r.Read == nil {
		r.Read = own
	}
	if r.Write == nil {
		r.Write = own
	}
}

func (s *Service) checkToken(r tokenRecord) error {
	switch {
	case r.Name == "":
		return badField("name", "say what the token is for, such as \"kitchen panel\"", "a token needs a name")
	case len(r.Name) > maxName || strings.IndexFunc(r.Name, unicode.IsControl) >= 0:
		return badField("name", "", "a name has %d bytes at most, and no control characters", maxName)
	case !slices.Contains([]TokenKind{KindAPI, KindClient, KindDevice}, r.Kind):
		return badField("kind", "", "kind should be api, client or device, not %q", r.Kind)
	case r.Kind == KindAPI && !r.Role.Person():
		return badField("role", "", "the role of an api token should be admin, operator or viewer, not %q", r.Role)
	case r.Kind == KindAPI && len(r.Read)+len(r.Write) > 0:
		return badField("read", "make a client token for single topics", "an api token reads and writes what its role does")
	}
	if err := s.checkExpiry(r.ExpiresAt); err != nil {
		return err
	}
	if err := checkPatterns("read", r.Read); err != nil {
		return err
	}
	return checkPatterns("write", r.Write)
}

func (s *Service) checkExpiry(at *time.Time) error {
	switch {
	case at == nil:
		return nil
	case !s.clock.plausible():
		return badField("expires_at", "set the clock, or make a token that does not expire",
			"the gateway's clock says %d, so it cannot say when a token expires", s.clock.now().Year())
	case !at.After(s.clock.wall()):
		return badField("expires_at", "", "the token would expire at once")
	}
	return nil
}

func checkPatterns(field string, patterns []string) error {
	if len(patterns) > maxPatterns {
		return badField(field, "", "a token has %d filters at most", maxPatterns)
	}
	for n, p := range patterns {
		at := fmt.Sprintf("%s[%d]", field, n)
		whole := strings.ReplaceAll(p, access.ClientID, "id")
		switch err := mapping.ValidFilter(whole); {
		case err != nil:
			return badField(at, "", "%s", err)
		case len(p) > maxPattern:
			return badField(at, "", "a filter of a token has %d bytes at most", maxPattern)
		case strings.ContainsAny(whole, "{}"):
			return badField(at, "use + for any one level", "%s is the only thing in braces that a token's filter knows", access.ClientID)
		case field == "write" && p[0] == '$':
			return badField(at, "", "topics that begin with $ are the gateway's own: nobody else writes them")
		}
	}
	return nil
}

// freeID makes an id of a name: "Küche, Panel 2" is kuche-panel-2.
func (s *Service) freeID(name string) string {
	base := slug(name)
	id := base
	for n := 2; s.taken(id); n++ {
		id = fmt.Sprintf("%s-%d", base, n)
	}
	return id
}

func slug(name string) string {
	var b strings.Builder
	plain := strings.NewReplacer("ä", "a", "ö", "o", "ü", "u", "ß", "ss", "é", "e", "è", "e", "à", "a", "ç", "c", "ñ", "n", "å", "a", "ø", "o")
	for _, r := range plain.Replace(strings.ToLower(name)) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
		if b.Len() >= 40 {
			break
		}
	}
	if s := strings.Trim(b.String(), "-"); s != "" {
		return s
	}
	return "token"
}

// TokenChange says what to change of a token; nil leaves it as it is.
type TokenChange struct {
	Name        *string
	Role        *access.Role
	Read, Write *[]string
	ExpiresAt   **time.Time
	ExpiresIn   *time.Duration // from now on; 0: never. It wins over ExpiresAt
}

// ChangeToken changes the token if it is at revision, or at any when revision is "" or "*". Its connections are judged anew.
func (s *Service) ChangeToken(id, revision string, c TokenChange) (Token, error) {
	t, err := s.changeToken(id, revision, c)
	if err != nil {
		return Token{}, err
	}
	s.tell(Change{ofToken(id), "token " + id + " was changed"})
	return t.view(), nil
}

func (s *Service) changeToken(id, revision string, c TokenChange) (*token, error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	old := s.tokens[id]
	if err := current("token", id, revision, old != nil, func() string { return revisionOf(old.tokenRecord) }); err != nil {
		return nil, err
	}
	r := old.tokenRecord
	set(&r.Name, c.Name)
	set(&r.Role, c.Role)
	set(&r.Read, c.Read)
	set(&r.Write, c.Write)
	set(&r.ExpiresAt, s.expiryOf(c))
	if c.Role != nil && r.Kind != KindAPI && *c.Role != old.Role {
		return nil, badField("role", "", "a %s token has the role %s", r.Kind, old.Role)
	}
	expiry := r.ExpiresAt
	if s.expiryOf(c) == nil {
		r.ExpiresAt = nil // as it was: it need not lie ahead
	}
	err := s.checkToken(r)
	r.ExpiresAt = expiry
	if err != nil {
		return nil, err
	}
	if err := records.Put(s.records, bucketTokens, id, r); err != nil {
		return nil, err
	}
	t := newToken(id, r)
	t.use = old.use
	s.keepToken(t)
	return t, nil
}

// expiryOf is the new end of a token, nil when it stays as it is.
func (s *Service) expiryOf(c TokenChange) **time.Time {
	if c.ExpiresIn == nil {
		return c.ExpiresAt
	}
	var never *time.Time
	if *c.ExpiresIn == 0 {
		return &never
	}
	at := s.clock.wall().Add(*c.ExpiresIn).UTC().Truncate(time.Second)
	end := &at
	return &end
}

func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

func (s *Service) keepToken(t *token) {
	s.mu.Lock()
	s.tokens[t.ID] = t
	s.mu.Unlock()
	s.changed("tokens", t.ID)
	s.awake()
}

// RemoveToken removes the token if it is at revision, or at any when revision is "" or "*". Its connections end.
func (s *Service) RemoveToken(id, revision string) error {
	if err := s.removeToken(id, revision); err != nil {
		return err
	}
	s.tell(Change{ofToken(id), "token " + id + " was removed"})
	return nil
}

func (s *Service) removeToken(id, revision string) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	old := s.tokens[id]
	if err := current("token", id, revision, old != nil, func() string { return revisionOf(old.tokenRecord) }); err != nil {
		return err
	}
	if err := records.Delete(s.records, bucketTokens, id); err != nil {
		return err
	}
	s.mu.Lock()
	delete(s.tokens, id)
	s.mu.Unlock()
	s.changed("tokens", id)
	return nil
}
