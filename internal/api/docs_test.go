package api

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

// The page about the API works under its own policy: nothing inline, nothing from elsewhere, and whatever it names is there.
func TestDocsNeedNothingFromElsewhere(t *testing.T) {
	_, h := whole(t)
	get := func(path string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Host = "localhost"
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
		if policy := w.Header().Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: %s", path, policy)
		}
		return w
	}
	page := get("/api/docs").Body.String()
	if regexp.MustCompile(`(?i)<style|style=| on[a-z]+=|<script[^>]*>[^<]`).MatchString(page) {
		t.Error("there is something inline")
	}
	named := regexp.MustCompile(`(?:src|href)="([^"#]+)"`).FindAllStringSubmatch(page, -1)
	if len(named) < 3 {
		t.Errorf("it names %v", named)
	}
	for _, m := range named {
		if m[1] == "../" {
			continue // the gateway's page
		}
		if strings.Contains(m[1], ":") {
			t.Errorf("%s is elsewhere", m[1])
			continue
		}
		get("/api/" + m[1])
	}
}
