package flash_test

import (
	"slices"
	"strings"
	"testing"

	"gateway/internal/flash"
)

func TestAddresses(t *testing.T) {
	for _, c := range []struct {
		listen, here string
		want         []string
	}{
		{"", "http://192.168.1.5:8090", nil}, // no plain HTTP: boards cannot do TLS as the gateway does
		{"127.0.0.1:8090", "", []string{"http://127.0.0.1:8090"}},
		{"192.168.1.20:80", "http://localhost", []string{"http://192.168.1.20:80"}},
		{"192.168.1.20:80", "http://10.0.0.9:8090", []string{"http://10.0.0.9:8090", "http://192.168.1.20:80"}},
		{"172.17.0.2:8090", "http://192.168.1.20", []string{"http://192.168.1.20:80", "http://172.17.0.2:8090"}}, // a container
		{"192.168.1.20:80", "http://[fd00::7]:8090", []string{"http://192.168.1.20:80"}},                         // the chip knows IPv4 only
		{"192.168.1.20:80", "https://10.0.0.9:8443", []string{"http://192.168.1.20:80"}},
		{"192.168.1.20:80", "http://gateway.local:8090", []string{"http://192.168.1.20:80"}}, // boards know few names
		{"192.168.1.20:80", "http://192.168.1.20:80", []string{"http://192.168.1.20:80"}},
		{"127.0.0.1:1", "http://127.0.0.1:1", []string{"http://127.0.0.1:1"}},
	} {
		if got := flash.Addresses(c.listen, c.here); !slices.Equal(got, c.want) {
			t.Errorf("%q by %q: %q, want %q", c.listen, c.here, got, c.want)
		}
	}
	for _, a := range flash.Addresses("[::]:8090", "") { // what this machine has
		if !strings.HasPrefix(a, "http://") || !strings.HasSuffix(a, ":8090") || strings.Contains(a, "127.0.0.1") {
			t.Errorf("%q is no address for boards", a)
		}
	}
}
