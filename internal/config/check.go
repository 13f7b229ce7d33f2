package config

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// filled refuses the empty string.
func filled(s string) *flaw {
	if strings.TrimSpace(s) == "" {
		return &flaw{"is empty", "give it a value, or leave the key out for its default"}
	}
	return nil
}

// plainName refuses what could not stand in one level of a topic.
func plainName(s string) *flaw {
	if f := filled(s); f != nil {
		return f
	}
	if strings.ContainsAny(s, "/+#$\x00") || len(s) > 64 {
		return &flaw{fmt.Sprintf("%q cannot be a name", s), `use at most 64 bytes without / + # and $`}
	}
	return nil
}

// address wants host:port with a numeric port.
func address(s string) *flaw {
	_, port, err := net.SplitHostPort(s)
	if err != nil {
		remedy := `write host:port, or :port for every address of this machine`
		if _, err := strconv.ParseUint(s, 10, 16); err == nil {
			remedy = fmt.Sprintf("write \":%s\"", s)
		}
		return &flaw{fmt.Sprintf("%q is not an address", s), remedy}
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return &flaw{fmt.Sprintf("%q has no port from 0 to 65535", s), `write host:port with a number for the port`}
	}
	return nil
}

// addressOrOff is address, or empty for none.
func addressOrOff(s string) *flaw {
	if s == "" {
		return nil
	}
	return address(s)
}

// slashed wants a path that begins and ends with a slash.
func slashed(s string) *flaw {
	if strings.HasPrefix(s, "/") && strings.HasSuffix(s, "/") && !strings.ContainsAny(s, "?# ") && !strings.Contains(s, "//") {
		return nil
	}
	want := "/"
	if inner := strings.Trim(s, "/"); inner != "" && !strings.ContainsAny(inner, "?# ") {
		want = "/" + inner + "/"
	}
	return &flaw{fmt.Sprintf("%q is not a path that begins and ends with /", s), fmt.Sprintf("write %q", want)}
}

// ownPath is slashed, and not the root.
func ownPath(s string) *flaw {
	if s == "/" {
		return &flaw{`"/" would hide everything else`, `use a path of its own, such as "/socket.io/"`}
	}
	return slashed(s)
}

// origin wants what a browser sends as Origin, or "*".
func origin(s string) *flaw {
	if s == "*" {
		return nil
	}
	u, err := url.Parse(s)
	if err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && s == u.Scheme+"://"+u.Host {
		return nil
	}
	return &flaw{fmt.Sprintf("%q is not an origin", s), `write scheme://host or scheme://host:port, without a path, or "*" for any`}
}

// hostName wants a name as in a Host header, without its port.
func hostName(s string) *flaw {
	if s != "" && !strings.ContainsAny(s, "/ @?#") {
		if _, err := netip.ParseAddr(strings.Trim(s, "[]")); err == nil || !strings.Contains(s, ":") {
			return nil
		}
	}
	return &flaw{fmt.Sprintf("%q is not a host name", s), `write the name alone, such as "gateway.lan"`}
}

// proxy wants an address or a CIDR block.
func proxy(s string) *flaw {
	_, errAddr := netip.ParseAddr(s)
	_, errBlock := netip.ParsePrefix(s)
	if errAddr == nil || errBlock == nil {
		return nil
	}
	return &flaw{fmt.Sprintf("%q is not an address", s), `write an address such as "192.168.1.2" or a block such as "10.0.0.0/8"`}
}
