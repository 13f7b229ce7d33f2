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
	lets := "nobody"
	if p.Anonymous == Loopback {
		lets = "programs on the gateway's own machine only, and nothing through a proxy"
	}
	return fault.New(fault.Denied, "%s may not use this gateway: auth.anonymous is %q, which lets in %s; set it to %q for a network that you trust",
		hostOf(remote), p.Anonymous, lets, Always)
}

// proxied reports whether a request carries a header that proxies and tunnels write, and tools on the same machine do not.
func proxied(h http.Header) bool {
	for name := range h {
		switch name {
		case "Forwarded", "Via", "X-Real-Ip", "True-Client-Ip", "X-Client-Ip", "X-Cluster-Client-Ip", "Fastly-Client-Ip",
			"X-Envoy-External-Address", "X-Amzn-Trace-Id", "Cdn-Loop":
			return true
		}
		for _, prefix := range []string{"X-Forwarded-", "X-Original-", "X-Proxy", "Cf-"} {
			if strings.HasPrefix(name, prefix) {
				return true
			}
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
