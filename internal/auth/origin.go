package auth

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Origins decides which web pages may talk to the gateway: those it serves itself, and those of http.origins.
type Origins struct {
	Allowed []string // scheme://host[:port], or "*" for every page
}

// Allow reports whether the page that a request comes from may make it. Requests without an Origin header come from no page.
func (o Origins) Allow(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" || slices.Contains(o.Allowed, "*") || slices.Contains(o.Allowed, origin) {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && strings.EqualFold(u.Host, r.Host)
}

// Hosts decides which names the gateway answers to. An empty list means all: the anonymous policy then looks at the name
// itself.
type Hosts []string

// Allow reports whether the request's Host, its port aside, is one of the list.
func (h Hosts) Allow(r *http.Request) bool {
	return len(h) == 0 || localHost(r.Host) || slices.ContainsFunc(h, func(name string) bool {
		return strings.EqualFold(name, hostOf(r.Host))
	})
}
