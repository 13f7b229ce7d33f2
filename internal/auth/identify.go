package auth

import (
	"context"
	"net/http"
	"strings"

	"gateway/internal/access"
)

type principalKey struct{}

// WithPrincipal marks requests whose sender is known by other means than what they carry: those of the control socket.
func WithPrincipal(ctx context.Context, p *access.Principal) context.Context {
	return context.WithValue(ctx, principalKey{}, p)
}

// Identify returns who sent a request: by a token in Authorization (Bearer id.secret, or Basic with id and secret) or ?token=
// (for clients that cannot send headers), by the cookie of a login, or by auth.anonymous. A token that is wrong is refused, never
// let in as anybody else; a cookie that has ended counts as none. Errors have code denied and wrap [ErrUnauthenticated].
// r is the request as [Proxies.Resolve] left it. Principals are shared: do not change them.
func (s *Service) Identify(r *http.Request) (*access.Principal, error) {
	if p, ok := r.Context().Value(principalKey{}).(*access.Principal); ok {
		return p, nil
	}
	if p, given, err := s.fromHeader(r); given {
		return p, err
	}
	if strings.Contains(r.URL.RawQuery, "token=") {
		if token := r.URL.Query().Get("token"); token != "" {
			return s.ParseToken(token, r.RemoteAddr)
		}
	}
	if x := s.sessionOf(r); x != nil {
		return x, nil
	}
	p, err := s.policy.HTTP(r)
	if err != nil {
		return nil, unauthenticated("%s", err)
	}
	return p, nil
}

func (s *Service) fromHeader(r *http.Request) (p *access.Principal, given bool, err error) {
	header := r.Header.Get("Authorization")
	if header == "" {
		return nil, false, nil
	}
	if id, secret, ok := r.BasicAuth(); ok {
		p, err = s.Token(id, secret, r.RemoteAddr)
		return p, true, err
	}
	scheme, token, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return nil, true, unauthenticated("Authorization should be a Bearer or Basic one: send a token, as id.secret")
	}
	p, err = s.ParseToken(strings.TrimSpace(token), r.RemoteAddr)
	return p, true, err
}

// ParseToken returns the principal of a token as clients send it, "id.secret". from is the address it came from, host:port.
func (s *Service) ParseToken(token, from string) (*access.Principal, error) {
	id, secret, ok := strings.Cut(token, ".")
	if !ok {
		return nil, unauthenticated("this is no token of this gateway: one looks like name.secret")
	}
	return s.Token(id, secret, from)
}

// Token returns the principal of a token by its id and secret: user name and password of MQTT and of HTTP's Basic. One SHA-256
// is all it takes, so nothing is cached. from is the address it came from, host:port.
func (s *Service) Token(id, secret, from string) (*access.Principal, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	t := s.tokens[id]
	if t == nil || !t.matches(secret) {
		return nil, unauthenticated("the token is wrong, or it was removed")
	}
	if t.expired(s.clock.wall()) {
		return nil, unauthenticated("token %s expired on %s", t.ID, t.ExpiresAt.Format("2 January 2006, 15:04 MST"))
	}
	t.use.Store(&use{s.clock.wall(), hostOf(from)})
	return t.principal, nil
}
