package auth

import (
	"cmp"
	"crypto/sha256"
	"crypto/subtle"
	"slices"
	"sync/atomic"
	"time"

	"gateway/internal/access"
	"gateway/internal/records"
)

// TokenKind says what a token is for.
type TokenKind string

// The kinds of token.
const (
	KindAPI    TokenKind = "api"    // a program that acts for a person, with a person's role
	KindClient TokenKind = "client" // a client of topics, over MQTT, socket.io or REST
	KindDevice TokenKind = "device" // a board, which owns the topics below devices/<its id>
)

// Token is a token without its secret.
type Token struct {
	ID           string
	Name         string
	Kind         TokenKind
	Role         access.Role
	Read, Write  []string   // topic filters, in which {client.id} stands for ID
	ExpiresAt    *time.Time // nil: never
	CreatedAt    time.Time
	CreatedBy    string     // who made it, as [access.Principal.String] has it
	LastUsedAt   *time.Time // to the hour after a restart that was none of ours
	LastUsedFrom string     // address
	Revision     string
}

// tokenRecord is what is kept of a token.
type tokenRecord struct {
	Name      string      `json:"name"`
	Kind      TokenKind   `json:"kind"`
	Role      access.Role `json:"role"`
	Read      []string    `json:"read"`
	Write     []string    `json:"write"`
	ExpiresAt *time.Time  `json:"expires_at,omitempty"`
	CreatedAt time.Time   `json:"created_at"`
	CreatedBy string      `json:"created_by"`
	Hash      []byte      `json:"hash"`  // SHA-256 of the secret, which is random and long: nothing to guess
	Grant     string      `json:"grant"` // random; tells it from others of the same id
}

// token is a token in force. It is never changed: a change makes a new one.
type token struct {
	tokenRecord
	ID        string
	principal *access.Principal
	use       *atomic.Pointer[use]
	told      *atomic.Bool // that it has expired
}

// use is when and from where a token was used.
type use struct {
	At   time.Time `json:"at"`
	From string    `json:"from,omitempty"`
}

func newToken(id string, r tokenRecord) *token {
	t := &token{tokenRecord: r, ID: id, use: &atomic.Pointer[use]{}, told: &atomic.Bool{}}
	p := &access.Principal{Kind: access.KindToken, ID: id, Role: r.Role, Grant: r.Grant}
	switch r.Kind {
	case KindAPI:
		p.Read, p.Write = r.Role.Topics()
	case KindDevice:
		p.Kind = access.KindDevice
		fallthrough
	default:
		p.Read, p.Write = access.Expand(r.Read, id), access.Expand(r.Write, id)
	}
	t.principal = p
	return t
}

func (t *token) matches(secret string) bool {
	sum := sha256.Sum256([]byte(secret))
	return subtle.ConstantTimeCompare(sum[:], t.Hash) == 1
}

func (t *token) expired(now time.Time) bool { return t.ExpiresAt != nil && !now.Before(*t.ExpiresAt) }

func (t *token) view() Token {
	v := Token{
		ID: t.ID, Name: t.Name, Kind: t.Kind, Role: t.Role, Read: slices.Clone(t.Read), Write: slices.Clone(t.Write), ExpiresAt: t.ExpiresAt,
		CreatedAt: t.CreatedAt, CreatedBy: t.CreatedBy, Revision: revisionOf(t.tokenRecord),
	}
	if u := t.use.Load(); u != nil {
		at := u.At.UTC().Truncate(time.Second)
		v.LastUsedAt, v.LastUsedFrom = &at, u.From
	}
	return v
}

// Tokens lists the tokens by id, those that have expired included.
func (s *Service) Tokens() []Token {
	s.mu.RLock()
	defer s.mu.RUnlock()
	list := make([]Token, 0, len(s.tokens))
	for _, t := range s.tokens {
		list = append(list, t.view())
	}
	slices.SortFunc(list, func(a, b Token) int { return cmp.Compare(a.ID, b.ID) })
	return list
}

// TokenByID returns one token.
func (s *Service) TokenByID(id string) (Token, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if t := s.tokens[id]; t != nil {
		return t.view(), nil
	}
	return Token{}, notFound("token", id)
}

// Knows reports whether an id is that of a token or a user, or is not to be anybody's.
func (s *Service) Knows(id string) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	switch id {
	case access.Anonymous().ID, access.System().ID, access.Local().ID:
		return true
	}
	return s.users[id] != nil || s.tokens[id] != nil
}

func (s *Service) loadTokens() error {
	return records.Each(s.records, bucketTokens, func(id string, r *tokenRecord) {
		s.clock.saw(r.CreatedAt)
		s.tokens[id] = newToken(id, *r)
	})
}
