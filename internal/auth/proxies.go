package auth

import (
	"crypto/tls"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Proxies are the reverse proxies of http.trusted_proxies, whose X-Forwarded-For, X-Forwarded-Host and X-Forwarded-Proto
// are believed. Nobody else's are: anyone can write such a header.
type Proxies []netip.Prefix

// NewProxies reads addresses and blocks, which config has checked; what is neither is left out.
func NewProxies(texts []string) Proxies {
	var p Proxies
	for _, text := range texts {
		if block, err := netip.ParsePrefix(text); err == nil {
			p = append(p, block.Masked())
		} else if ip, err := netip.ParseAddr(text); err == nil {
			p = append(p, netip.PrefixFrom(ip.Unmap(), ip.Unmap().BitLen()))
		}
	}
	return p
}

// Resolve returns the request as its sender made it: with the sender's address, port 0, the Host that it asked for, and an empty
// TLS state when X-Forwarded-Proto says that it came over TLS, so that its cookie is a secure one. A request that comes from no
// trusted proxy is returned as it is. The headers stay, so that the sender never counts as loopback.
func (p Proxies) Resolve(r *http.Request) *http.Request {
	if !p.trusts(r.RemoteAddr) {
		return r
	}
	sender, host := p.sender(r), lastOf(r.Header.Values("X-Forwarded-Host"))
	secure := r.TLS == nil && strings.EqualFold(lastOf(r.Header.Values("X-Forwarded-Proto")), "https")
	if !sender.IsValid() && host == "" && !secure {
		return r
	}
	out := *r
	if secure {
		out.TLS = &tls.ConnectionState{}
	}
	if sender.IsValid() {
		out.RemoteAddr = net.JoinHostPort(sender.String(), "0")
	}
	if host != "" {
		out.Host = host
	}
	return &out
}

// sender is the last address of X-Forwarded-For that is no trusted proxy: what stands before it was written by the sender
// itself. It is not valid when there is none.
func (p Proxies) sender(r *http.Request) netip.Addr {
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		ip, err := netip.ParseAddr(hostOf(strings.TrimSpace(hop)))
		if err != nil {
			return netip.Addr{}
		}
		if !p.contains(ip) {
			return ip.Unmap()
		}
	}
	return netip.Addr{}
}

func (p Proxies) trusts(remote string) bool {
	ip, err := netip.ParseAddr(hostOf(remote))
	return err == nil && p.contains(ip)
}

func (p Proxies) contains(ip netip.Addr) bool {
	return slices.ContainsFunc(p, func(block netip.Prefix) bool { return block.Contains(ip.Unmap()) })
}

// lastOf is the last entry of a list in headers: the one of the nearest proxy.
func lastOf(headers []string) string {
	list := strings.Split(strings.Join(headers, ","), ",")
	return strings.TrimSpace(list[len(list)-1])
}
