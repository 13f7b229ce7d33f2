package engine

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestHandshake3(t *testing.T) {
	for _, c := range []struct {
		query       string
		status      int
		body        string // what it begins with
		contentType string
	}{
		{"EIO=3", 200, "\x00\x09\x07\xff0{\"sid\":\"", "application/octet-stream"},
		{"EIO=3&b64=1", 200, `97:0{"sid":"`, "text/plain; charset=UTF-8"},
		{"EIO=3&transport=polling", 200, `97:0{"sid":"`, "text/plain; charset=UTF-8"},
		{"EIO=3&transport=polling&b64=1", 200, `97:0{"sid":"`, "text/plain; charset=UTF-8"},
		{"EIO=4&transport=polling&b64=1", 200, `0{"sid":"`, "text/plain; charset=UTF-8"},
		{"EIO=3&transport=polling&j=0", 400, `{"code":0,`, "application/json"},
		{"EIO=3&transport=websocket", 400, `{"code":3,`, "application/json"},
		{"EIO=3&transport=flash", 400, `{"code":0,`, "application/json"},
		{"EIO=4", 400, `{"code":0,`, "application/json"},
		{"EIO=2&transport=polling", 400, `{"code":5,`, "application/json"},
		{"EIO=33&transport=polling", 400, `{"code":5,`, "application/json"},
		{"transport=polling", 400, `{"code":5,`, "application/json"},
	} {
		s := New(testOptions(), nobody{})
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/engine.io/?"+c.query, nil))
		if got := w.Header().Get("Content-Type"); w.Code != c.status || !strings.HasPrefix(w.Body.String(), c.body) || got != c.contentType {
			t.Errorf("%s: status %d, %s, %.40q", c.query, w.Code, got, w.Body)
		}
		if opened := s.Stats().Connections; (opened == 1) != (c.status == 200) {
			t.Errorf("%s: %d connections", c.query, opened)
		}
		if err := s.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// The closing of a session that polls is told in the form that its client reads.
func TestCloseOfPolling3(t *testing.T) {
	for query, want := range map[string]string{"EIO=3": "\x00\x01\xff1", "EIO=3&b64=1": "1:1"} {
		o := testOptions()
		s := New(o, nobody{})
		s.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/engine.io/?"+query, nil))
		c := s.snapshot()[0]
		if c.Revision() != 3 || c.Websocket() {
			t.Errorf("revision %d, websocket %v", c.Revision(), c.Websocket())
		}
		c.Close(ForcedClose)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/engine.io/?"+query+"&sid="+c.ID(), nil))
		if w.Body.String() != want {
			t.Errorf("%s: %q, want %q", query, w.Body, want)
		}
		if err := s.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
}
