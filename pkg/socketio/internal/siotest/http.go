package siotest

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
)

// Polling is a long-polling session of a test.
type Polling struct {
	t   testing.TB
	URL string // with the sid
	SID string
}

// OpenPolling opens a session at base ("http://host:port/path/").
func OpenPolling(t testing.TB, base string) *Polling {
	t.Helper()
	status, body := Get(t, base+"?EIO=4&transport=polling")
	if status != http.StatusOK || !strings.HasPrefix(body, "0") {
		t.Fatalf("handshake: status %d, %q", status, body)
	}
	var open struct{ SID string }
	if err := json.Unmarshal([]byte(body[1:]), &open); err != nil {
		t.Fatalf("open packet: %v", err)
	}
	return &Polling{t, base + "?EIO=4&transport=polling&sid=" + open.SID, open.SID}
}

// Get polls once.
func (p *Polling) Get() (status int, body string) { p.t.Helper(); return Get(p.t, p.URL) }

// Post sends a payload.
func (p *Polling) Post(payload string) (status int, body string) {
	p.t.Helper()
	return Do(p.t, http.MethodPost, p.URL, strings.NewReader(payload))
}

// Get requests a URL.
func Get(t testing.TB, url string) (status int, body string) {
	t.Helper()
	return Do(t, http.MethodGet, url, nil)
}

// Do makes a request of any method.
func Do(t testing.TB, method, url string, body io.Reader) (int, string) {
	t.Helper()
	r, err := http.NewRequest(method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Errorf("%s %s: %v", method, url, err)
		return 0, ""
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Errorf("%s %s: %v", method, url, err)
	}
	return res.StatusCode, string(b)
}
