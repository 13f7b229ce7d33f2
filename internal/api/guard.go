package api

import (
	"net/http"
	"slices"
	"time"

	"gateway/internal/auth"
	"gateway/internal/fault"
)

// What a request may take when it is not socket.io's, which has limits of its own.
const (
	bodyTime   = 30 * time.Second // to send its body
	answerTime = 60 * time.Second // to take the answer
)

// limit bounds in time what the client of a request still has to do. Without it any number of half-sent bodies could be held.
func (s *server) limit(w http.ResponseWriter) {
	c, now := http.NewResponseController(w), time.Now()
	_ = c.SetReadDeadline(now.Add(s.bodyTime)) // fails only where there is no connection: in tests
	_ = c.SetWriteDeadline(now.Add(s.answerTime))
}

// guard refuses names that are not the gateway's and pages that are not allowed, before anything else looks at the request.
func (s *server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		securityHeaders(w.Header())
		asked := s.Proxies.Resolve(r)
		switch {
		case !s.Hosts.Allow(r): // a proxy that passes on a strange Host vouches for nothing
			s.refuseHost(w, r)
		case !s.Hosts.Allow(asked):
			s.refuseHost(w, asked)
		case !safe(r.Method) && !s.Origins.Allow(asked):
			s.refuse(w, asked, fault.New(fault.Denied, "the page %s may not use this gateway: add it to http.origins", r.Header.Get("Origin")))
		case s.cross.Check(asked) != nil: // a browser that says so without an Origin
			s.refuse(w, asked, fault.New(fault.Denied, "the request comes from a page of another site: add that to http.origins if it may use this gateway"))
		default:
			next.ServeHTTP(w, asked)
		}
	})
}

// securityHeaders keep browsers from guessing types, from framing the gateway, and from telling other sites about it.
func securityHeaders(h http.Header) {
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
}

// apiHeaders are for answers that are data: nothing in them ever runs, and nobody keeps a copy.
func apiHeaders(h http.Header) {
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
}

// crossOriginProtection looks at what browsers say of the sender beside the Origin, which [auth.Origins] judges.
func crossOriginProtection(o auth.Origins) *http.CrossOriginProtection {
	c := http.NewCrossOriginProtection()
	for _, origin := range o.Allowed {
		if origin == "*" {
			c.AddInsecureBypassPattern("/")
		} else {
			_ = c.AddTrustedOrigin(origin) // checked by config
		}
	}
	return c
}

func (s *server) refuseHost(w http.ResponseWriter, r *http.Request) {
	s.refuse(w, r, fault.New(fault.Denied, "this gateway does not answer to the name %q: if it is yours, add it to http.hosts", r.Host))
}

func safe(method string) bool {
	return slices.Contains([]string{http.MethodGet, http.MethodHead, http.MethodOptions}, method)
}

// crossOrigin tells the browser that a page of http.origins may use the API, and reports whether that was all it asked.
func (s *server) crossOrigin(w http.ResponseWriter, r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return false
	}
	header := w.Header()
	header.Add("Vary", "Origin")
	allowed := s.Origins.Allow(r)
	if allowed {
		header.Set("Access-Control-Allow-Origin", origin)
		header.Set("Access-Control-Expose-Headers", "ETag, Retry-After")
	}
	if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
		return false
	}
	if !allowed {
		s.refuse(w, r, fault.New(fault.Denied, "the page %s may not use this gateway: add it to http.origins", origin))
		return true
	}
	header.Set("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE")
	header.Set("Access-Control-Allow-Headers", "Content-Type, Authorization, If-Match")
	header.Set("Access-Control-Max-Age", "600")
	w.WriteHeader(http.StatusNoContent)
	return true
}
