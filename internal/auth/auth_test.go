package auth

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"gateway/internal/fault"
)

func request(remote, host string, header ...string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.RemoteAddr, r.Host = remote, host
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return r
}

func TestAnonymous(t *testing.T) {
	local := request("127.0.0.1:5000", "localhost:8090")
	for name, c := range map[string]struct {
		mode Mode
		r    *http.Request
		want bool
	}{
		"loopback, same machine":            {Loopback, local, true},
		"loopback, IPv6":                    {Loopback, request("[::1]:5000", "[::1]:8090"), true},
		"loopback, all of 127/8":            {Loopback, request("127.9.9.9:5000", "127.0.0.1"), true},
		"loopback, mapped address":          {Loopback, request("[::ffff:127.0.0.1]:5000", "localhost"), true},
		"loopback, other machine":           {Loopback, request("192.168.1.7:5000", "gateway.lan"), false},
		"loopback, a name that was rebound": {Loopback, request("127.0.0.1:5000", "evil.example"), false},
		"loopback, behind a proxy":          {Loopback, request("127.0.0.1:5000", "localhost", "X-Forwarded-For", "10.0.0.1"), false},
		"loopback, behind a newer proxy":    {Loopback, request("127.0.0.1:5000", "localhost", "Forwarded", "for=10.0.0.1"), false},
		"loopback, behind nginx":            {Loopback, request("127.0.0.1:5000", "localhost", "X-Real-IP", "10.0.0.1"), false},
		"loopback, behind a tunnel":         {Loopback, request("127.0.0.1:5000", "localhost", "CF-Connecting-IP", "10.0.0.1"), false},
		"loopback, behind a cache":          {Loopback, request("127.0.0.1:5000", "localhost", "Via", "1.1 cache"), false},
		"loopback, behind a rewriter":       {Loopback, request("127.0.0.1:5000", "localhost", "X-Original-Host", "a.example"), false},
		"loopback, behind a CDN":            {Loopback, request("127.0.0.1:5000", "localhost", "True-Client-IP", "10.0.0.1"), false},
		"loopback, headers of a tool":       {Loopback, request("127.0.0.1:5000", "localhost", "X-Requested-With", "curl"), true},
		"loopback, localhost in a name":     {Loopback, request("127.0.0.1:5000", "localhost.evil.example"), false},
		"never":                             {Never, local, false},
		"always":                            {Always, request("192.168.1.7:5000", "gateway.lan"), true},
		"a mode from nowhere":               {Mode(""), local, false},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := Policy{c.mode}.HTTP(c.r)
			if (err == nil) != c.want {
				t.Fatalf("got %v, %v", p, err)
			}
			if err != nil && fault.CodeOf(err) != fault.Denied {
				t.Errorf("code %s", fault.CodeOf(err))
			}
		})
	}
}

func TestOrigins(t *testing.T) {
	o := Origins{Allowed: []string{"https://panel.example"}}
	for origin, want := range map[string]bool{
		"":                      true,
		"http://gateway:8090":   true,
		"http://GATEWAY:8090":   true,
		"https://panel.example": true,
		"http://panel.example":  false,
		"http://gateway:80":     false,
		"https://evil.example":  false,
		"null":                  false,
		"::not a url::":         false,
	} {
		r := request("10.0.0.9:1", "gateway:8090", "Origin", origin)
		if got := o.Allow(r); got != want {
			t.Errorf("%q: %v, want %v", origin, got, want)
		}
	}
	if !(Origins{Allowed: []string{"*"}}).Allow(request("10.0.0.9:1", "gateway", "Origin", "https://evil.example")) {
		t.Error("* does not allow every page")
	}
}

func TestHosts(t *testing.T) {
	h := Hosts{Names: []string{"gw.example"}, Machine: "attic.example.net"}
	for host, want := range map[string]bool{
		"gw.example": true, "GW.example:8090": true, "attic.example.net": true, "gw.example.": true,
		"127.0.0.1": true, "192.168.1.7:8090": true, "[fe80::1]:8090": true, "::1": true,
		"localhost:8090": true, "gateway": true, "raspberrypi.local": true, "gw.fritz.box": false, "GATEWAY.LAN:80": true,
		"gw.home.arpa": true, "gw.home": true, "a.svc.cluster.local": true, "gw.internal": true, "": true,
		"evil.example": false, "evil.example:8090": false, "evil.example.": false, "lan.evil.example": false, ".lan": false,
		"127.0.0.1.evil.example": false, "xlan.com": false, "evil-lan.com": false, "0x7f.1": false,
	} {
		if got := h.Allow(request("10.0.0.9:1", host)); got != want {
			t.Errorf("%q: %v, want %v", host, got, want)
		}
	}
}

func TestProxies(t *testing.T) {
	p := NewProxies([]string{"10.0.0.0/8", "192.168.1.2", "::1"})
	for name, c := range map[string]struct {
		remote, want, host string
		header             []string
	}{
		"no proxy":             {"192.168.1.7:5", "192.168.1.7:5", "gw", []string{"X-Forwarded-For", "1.2.3.4", "X-Forwarded-Host", "evil"}},
		"a proxy":              {"10.1.1.1:5", "1.2.3.4:0", "pub", []string{"X-Forwarded-For", "1.2.3.4", "X-Forwarded-Host", "pub"}},
		"mapped":               {"[::ffff:10.1.1.1]:5", "1.2.3.4:0", "gw", []string{"X-Forwarded-For", "1.2.3.4"}},
		"by IPv6":              {"[::1]:5", "[2001:db8::1]:0", "gw", []string{"X-Forwarded-For", "2001:db8::1"}},
		"with a port":          {"[::1]:5", "[2001:db8::1]:0", "gw", []string{"X-Forwarded-For", "[2001:db8::1]:77"}},
		"a sender that forges": {"10.1.1.1:5", "6.6.6.6:0", "gw", []string{"X-Forwarded-For", "127.0.0.1, 6.6.6.6"}},
		"a chain":              {"192.168.1.2:5", "6.6.6.6:0", "two", []string{"X-Forwarded-For", "1.1.1.1, 6.6.6.6,10.0.0.1", "X-Forwarded-Host", "one, two"}},
		"proxies only":         {"192.168.1.2:5", "192.168.1.2:5", "gw", []string{"X-Forwarded-For", "10.0.0.2, 10.0.0.1"}},
		"rubbish":              {"192.168.1.2:5", "192.168.1.2:5", "gw", []string{"X-Forwarded-For", "1.2.3.4, unknown"}},
		"nothing":              {"192.168.1.2:5", "192.168.1.2:5", "gw", nil},
	} {
		t.Run(name, func(t *testing.T) {
			r := request(c.remote, "gw", c.header...)
			got := p.Resolve(r)
			if got.RemoteAddr != c.want || got.Host != c.host {
				t.Errorf("%s for %s, want %s for %s", got.RemoteAddr, got.Host, c.want, c.host)
			}
			if r.RemoteAddr != c.remote || r.Host != "gw" {
				t.Error("the request itself was changed")
			}
		})
	}
	local := request("[::1]:5", "localhost", "X-Forwarded-For", "127.0.0.1", "X-Forwarded-Host", "localhost")
	if _, err := (Policy{Loopback}).HTTP(p.Resolve(local)); err == nil {
		t.Error("who came through a proxy is loopback")
	}
}

func TestTLSInFrontOfAProxy(t *testing.T) {
	p := NewProxies([]string{"10.0.0.0/8"})
	for name, c := range map[string]struct {
		remote, proto string
		want          bool
	}{
		"a proxy with TLS":    {"10.1.1.1:5", "https", true},
		"a proxy without":     {"10.1.1.1:5", "http", false},
		"a chain":             {"10.1.1.1:5", "https, http", false},
		"whoever writes this": {"192.168.1.7:5", "https", false},
	} {
		if got := p.Resolve(request(c.remote, "gw", "X-Forwarded-Proto", c.proto)); (got.TLS != nil) != c.want {
			t.Errorf("%s: TLS %v, want %v", name, got.TLS, c.want)
		}
	}
}

func FuzzResolve(f *testing.F) {
	f.Add("10.1.1.1:5", "1.2.3.4, 10.0.0.1", "pub")
	f.Add("10.1.1.1:5", ",,[::1", ",")
	p := NewProxies([]string{"10.0.0.0/8"})
	f.Fuzz(func(t *testing.T, remote, forwarded, host string) {
		r := request(remote, "gw")
		r.Header["X-Forwarded-For"], r.Header["X-Forwarded-Host"] = []string{forwarded}, []string{host}
		if got := p.Resolve(r); got != r && p.trusts(got.RemoteAddr) && got.RemoteAddr != remote {
			t.Errorf("%q through %q is a proxy: %s", forwarded, remote, got.RemoteAddr)
		}
	})
}
