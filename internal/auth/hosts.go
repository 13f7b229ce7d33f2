package auth

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Hosts decides which names the gateway answers to. A page that points its own name at the gateway's address (DNS rebinding)
// would be of the same origin as the gateway for the browser that opened it: so a name that somebody out there can own is
// refused unless the owner of the gateway has listed it. Always allowed are addresses, this machine's host name, and names that
// no public name server answers for.
type Hosts struct {
	Names   []string // http.hosts
	Machine string   // this machine's host name
}

// Allow reports whether the gateway answers to the request's Host.
func (h Hosts) Allow(r *http.Request) bool {
	name := strings.TrimSuffix(hostOf(r.Host), ".")
	if _, err := netip.ParseAddr(name); err == nil {
		return true
	}
	return private(name) || strings.EqualFold(name, h.Machine) || slices.ContainsFunc(h.Names, func(known string) bool {
		return strings.EqualFold(name, known)
	})
}

// private reports whether a name means something on a local network only: one label, or below a suffix that is reserved for
// local use or was never given out. An HTTP/1.0 client, which is no browser, names nothing.
func private(name string) bool {
	if !strings.Contains(name, ".") {
		return true
	}
	for _, suffix := range []string{".local", ".lan", ".home.arpa", ".home", ".internal", ".localhost"} {
		if len(name) > len(suffix) && strings.EqualFold(name[len(name)-len(suffix):], suffix) {
			return true
		}
	}
	return false
}
