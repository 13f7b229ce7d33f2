package control_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"gateway/internal/control"
)

// A token is sent to the gateway that somebody has named, and nowhere else.
func TestATokenIsNotSentOn(t *testing.T) {
	asked := ""
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { asked = r.Header.Get("Authorization") }))
	defer other.Close()
	named := httptest.NewServer(http.RedirectHandler(other.URL+"/elsewhere", http.StatusMovedPermanently))
	defer named.Close()
	c, err := control.Remote(named.URL, "me.secret")
	if err != nil {
		t.Fatal(err)
	}
	err = c.Call(t.Context(), http.MethodGet, "/api/v1/info", nil, nil)
	if err == nil || !strings.Contains(err.Error(), other.URL) || !strings.Contains(err.Error(), "--url") {
		t.Errorf("sent on: %v", err)
	}
	if asked != "" {
		t.Error("the token went elsewhere")
	}
}

func TestAGatewayThatIsNotThereIsNamed(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := l.Addr().String()
	l.Close()
	c, err := control.Remote("http://"+at, "me.secret")
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Call(t.Context(), http.MethodGet, "/api/v1/info", nil, nil); err == nil || !strings.Contains(err.Error(), at) || strings.Contains(err.Error(), "localhost") {
		t.Errorf("%v", err)
	}
}

func TestWhatIsNoAddressOfAGateway(t *testing.T) {
	for _, base := range []string{"", "gateway.lan:8090", "ftp://gateway.lan", "http://", "http://me:secret@gateway.lan"} {
		if _, err := control.Remote(base, "me.secret"); err == nil || !strings.Contains(err.Error(), "http://host:port") {
			t.Errorf("%q: %v", base, err)
		}
	}
}
