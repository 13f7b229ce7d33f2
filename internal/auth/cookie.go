package auth

import (
	"net/http"
	"time"

	"gateway/internal/access"
)

// The names of the cookie. The prefix has browsers take it from a TLS connection only, and from no other host.
const (
	cookiePlain  = "gateway"
	cookieSecure = "__Host-gateway"
)

func cookieName(r *http.Request) string {
	if r.TLS != nil {
		return cookieSecure
	}
	return cookiePlain
}

// Cookie is the cookie of a login, for the answer to r. An empty secret makes one that ends the cookie.
func Cookie(r *http.Request, secret string) *http.Cookie {
	c := &http.Cookie{
		Name: cookieName(r), Value: secret, Path: "/", MaxAge: int(sessionMax / time.Second),
		HttpOnly: true, Secure: r.TLS != nil, SameSite: http.SameSiteStrictMode,
	}
	if secret == "" {
		c.MaxAge = -1
	}
	return c
}

// sessionOf returns the principal of the login whose cookie r carries, nil if there is none. Several gateways on one host share
// their cookies, so each is tried.
func (s *Service) sessionOf(r *http.Request) *access.Principal {
	for _, c := range r.CookiesNamed(cookieName(r)) {
		if p := s.bySecret(c.Value); p != nil {
			return p
		}
	}
	return nil
}
