package flash

import (
	"cmp"
	"net"
	"net/netip"
	"slices"
	"strings"
)

// maxAddresses is how many a board is told: it tries them in turn.
const maxAddresses = 3

// Addresses are the URLs by which boards may reach a gateway that listens at listen (host:port) for plain HTTP. here is the URL by
// which somebody has just reached it: if it is a number that is not this machine's alone, it comes first, since a container or a
// router may pass that one on. Without a listener there are none.
func Addresses(listen, here string) []string {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return nil
	}
	var list []string
	if u, ok := strings.CutPrefix(here, "http://"); ok {
		if !strings.Contains(u, ":") {
			u += ":80" // which browsers leave out
		}
		if at, err := netip.ParseAddrPort(u); err == nil && at.Addr().Is4() && !at.Addr().IsLoopback() && !at.Addr().IsUnspecified() {
			list = append(list, "http://"+at.String())
		}
	}
	if ip, err := netip.ParseAddr(host); err == nil && !ip.IsUnspecified() {
		list = append(list, "http://"+listen)
	} else {
		for _, ip := range lanAddresses() {
			list = append(list, "http://"+net.JoinHostPort(ip.String(), port))
		}
	}
	return unique(list)
}

func unique(list []string) []string {
	var out []string
	for _, s := range list {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out[:min(len(out), maxAddresses)]
}

// lanAddresses are this machine's own IPv4 addresses, those of cables and radios before those of bridges that containers hang at.
// The chip knows no IPv6.
func lanAddresses() []netip.Addr {
	interfaces, err := net.Interfaces()
	if err != nil {
		return nil
	}
	type found struct {
		rank int
		ip   netip.Addr
	}
	var list []found
	for _, i := range interfaces {
		if i.Flags&net.FlagUp == 0 || i.Flags&net.FlagLoopback != 0 {
			continue
		}
		addrs, err := i.Addrs()
		if err != nil {
			continue
		}
		for _, a := range addrs {
			p, err := netip.ParsePrefix(a.String())
			if err == nil && p.Addr().Is4() && !p.Addr().IsLinkLocalUnicast() {
				list = append(list, found{rank(i.Name), p.Addr()})
			}
		}
	}
	slices.SortStableFunc(list, func(a, b found) int { return cmp.Compare(a.rank, b.rank) })
	out := make([]netip.Addr, len(list))
	for i, f := range list {
		out[i] = f.ip
	}
	return out
}

func rank(name string) int {
	for n, prefix := range []string{"eth", "en", "wl"} {
		if strings.HasPrefix(name, prefix) {
			return n
		}
	}
	for _, prefix := range []string{"docker", "br-", "veth", "virbr", "tun", "wg", "tailscale"} {
		if strings.HasPrefix(name, prefix) {
			return 9
		}
	}
	return 5
}
