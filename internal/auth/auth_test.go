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
	h := Hosts{"gateway.lan"}
	for host, want := range map[string]bool{
		"gateway.lan": true, "GATEWAY.lan:8090": true, "localhost:8090": true, "127.0.0.1": true, "evil.example": false,
	} {
		if got := h.Allow(request("10.0.0.9:1", host)); got != want {
			t.Errorf("%s: %v, want %v", host, got, want)
		}
	}
	if !(Hosts{}).Allow(request("10.0.0.9:1", "anything")) {
		t.Error("an empty list refuses")
	}
}
