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
// A page of the request's own Host is the gateway's own, provided that [Hosts] has let that Host in.
func (o Origins) Allow(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" || slices.Contains(o.Allowed, "*") || slices.Contains(o.Allowed, origin) {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && strings.EqualFold(u.Host, r.Host)
}
