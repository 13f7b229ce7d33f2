package engine

import (
	"net/http"
	"net/url"
	"strings"
)

// checkOrigin sets CORS headers for an origin that is allowed, and reports
// whether the request may go on. A request without an Origin is not a browser's.
func (s *Server) checkOrigin(w http.ResponseWriter, r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	h := w.Header()
	h.Add("Vary", "Origin")
	allowed := s.o.AllowOrigin
	if allowed == nil {
		allowed = sameHost
	}
	if !allowed(r) {
		return false
	}
	h.Set("Access-Control-Allow-Origin", origin)
	h.Set("Access-Control-Allow-Credentials", "true")
	return true
}

// sameHost reports whether the request comes from a page of the same host and port.
func sameHost(r *http.Request) bool {
	u, err := url.Parse(r.Header.Get("Origin"))
	return err == nil && u.Host != "" && strings.EqualFold(u.Host, r.Host)
}

// preflight answers what a browser asks before a request to another origin.
func preflight(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	if h.Get("Access-Control-Allow-Origin") != "" {
		h.Set("Access-Control-Allow-Methods", "GET, POST")
		h.Set("Access-Control-Max-Age", "600")
		if ask := r.Header.Get("Access-Control-Request-Headers"); ask != "" {
			h.Set("Access-Control-Allow-Headers", ask)
		}
	}
	w.WriteHeader(http.StatusNoContent)
}
