package api

import (
	"net/http"
	"slices"
	"strings"
	"time"

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
		header := w.Header()
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "same-origin")
		asked := s.Proxies.Resolve(r)
		switch {
		case !s.Hosts.Allow(r): // a proxy that passes on a strange Host vouches for nothing
			s.refuseHost(w, r)
		case !s.Hosts.Allow(asked):
			s.refuseHost(w, asked)
		case !safe(r.Method) && !s.Origins.Allow(asked):
			s.refuse(w, asked, fault.New(fault.Denied, "the page %s may not use this gateway: add it to http.origins", r.Header.Get("Origin")))
		default:
			next.ServeHTTP(w, asked)
		}
	})
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
	}
	if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
		return false
	}
	if !allowed {
		s.refuse(w, r, fault.New(fault.Denied, "the page %s may not use this gateway: add it to http.origins", origin))
		return true
	}
	header.Set("Access-Control-Allow-Methods", strings.Join([]string{http.MethodGet, http.MethodHead, http.MethodPost}, ", "))
	header.Set("Access-Control-Allow-Headers", "Content-Type")
	header.Set("Access-Control-Max-Age", "600")
	w.WriteHeader(http.StatusNoContent)
	return true
}
