package api

import (
	"context"
	"net/http"

	"gateway/internal/access"
	"gateway/internal/fault"
)

// need is the capability that an operation asks of whoever calls it. Each operation names one where it is registered, and
// [server.authorised] is the one place that looks.
type need = access.Capability

// The needs that are no capability.
const (
	open  need = "open"  // anybody; the handler sees for itself who it is, and may see nobody
	known need = "known" // somebody who may use the gateway at all; topics are checked one by one
)

// can reports whether p satisfies the need.
func can(p *access.Principal, n need) bool {
	return n == open || n == known && p != nil || access.Can(p, n)
}

// caller is who sent a request, and the request itself, for handlers that get a context only.
type caller struct {
	principal *access.Principal // nil where nobody said who they are, which open operations let in
	request   *http.Request
}

type callerKey struct{}

// principalOf is who sent the request; nil in open operations that nobody in particular calls.
func principalOf(ctx context.Context) *access.Principal { return callerOf(ctx).principal }

// requestOf is the request behind a handler's context, with its sender's address as [auth.Proxies] resolved it.
func requestOf(ctx context.Context) *http.Request { return callerOf(ctx).request }

func callerOf(ctx context.Context) caller {
	c, _ := ctx.Value(callerKey{}).(caller)
	return c
}

// authorised finds out who sends a request and whether that is enough for n. Nothing behind it asks again, but for topics.
func (s *server) authorised(n need, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p, err := s.Identify(r)
		switch {
		case n == open:
			if err != nil {
				p = nil
			}
		case err != nil:
			s.refuse(w, r, unauthenticated(err))
			return
		case !can(p, n):
			s.refuse(w, r, notAllowed(p, n))
			return
		}
		c := caller{principal: p, request: r}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), callerKey{}, c)))
	})
}

// unauthenticated tells a client to say who it is; refusals for other reasons stay what they are.
func unauthenticated(err error) error {
	if fault.CodeOf(err) != fault.Denied {
		return err
	}
	p := problemOf(err)
	p.as(http.StatusUnauthorized)
	p.header = http.Header{"Www-Authenticate": {`Bearer realm="gateway"`}}
	return p
}

func notAllowed(p *access.Principal, n need) error {
	if p.Kind == access.KindAnonymous {
		return unauthenticated(fault.New(fault.Denied, "log in first, or send an API token: this needs %q", n))
	}
	return fault.New(fault.Denied, "%s has the role %q, which may not do this: it needs %q", p, p.Role, n)
}
