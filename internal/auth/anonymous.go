// Package auth finds out who a client is. What the client may then do is internal/access's business.
package auth

import (
	"net"
	"net/http"
	"net/netip"
	"strings"

	"gateway/internal/access"
	"gateway/internal/fault"
)

// Mode says which clients are let in without saying who they are.
type Mode string

// The modes of auth.anonymous.
const (
	Never    Mode = "never"
	Loopback Mode = "loopback" // tools on the same machine
	Always   Mode = "always"   // everyone: for a network that you trust
)

// Policy decides about clients that bring no credentials.
type Policy struct{ Anonymous Mode }

// HTTP returns the principal behind a request, or a *fault.Error with code denied. With mode loopback the peer's address has
// to be a loopback address, the Host a local one and no proxy header may be present: else the request came from elsewhere
// through a proxy or a page that rebinds its name.
func (p Policy) HTTP(r *http.Request) (*access.Principal, error) {
	if p.Anonymous == Loopback && (proxied(r.Header) || !localHost(r.Host)) {
		return nil, p.refuse(r.RemoteAddr)
	}
	return p.Peer(r.RemoteAddr)
}

// Peer returns the principal of a connection that has nothing but an address (MQTT without a username).
func (p Policy) Peer(remote string) (*access.Principal, error) {
	if p.Anonymous == Always || p.Anonymous == Loopback && loopback(remote) {
		return access.Anonymous(), nil
	}
	return nil, p.refuse(remote)
}

func (p Policy) refuse(remote string) error {
	return fault.New(fault.Denied, "%s brings no token, and auth.anonymous is %q: use the machine itself, or set it to %q for a network that you trust",
		hostOf(remote), p.Anonymous, Always)
}

func proxied(h http.Header) bool {
	for name := range h {
		if name == "Forwarded" || strings.HasPrefix(name, "X-Forwarded-") {
			return true
		}
	}
	return false
}

func localHost(host string) bool {
	name := hostOf(host)
	return strings.EqualFold(name, "localhost") || loopback(name)
}

func loopback(addr string) bool {
	ip, err := netip.ParseAddr(hostOf(addr))
	return err == nil && ip.Unmap().IsLoopback()
}

// hostOf takes the port and the brackets of an IPv6 address away, if there are any.
func hostOf(addr string) string {
	if host, _, err := net.SplitHostPort(addr); err == nil {
		return host
	}
	return strings.Trim(addr, "[]")
}
