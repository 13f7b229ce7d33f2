package api

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
)

// New costs no API; whoever comes first gets it all the same, and so do those who come meanwhile.
func TestAPIIsMadeWhenNeeded(t *testing.T) {
	h := New(Options{BasePath: "/", SocketPath: "/socket.io/", complete: true})
	get := func(path string) int {
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Host = "localhost"
		h.ServeHTTP(w, r)
		return w.Code
	}
	if status := get("/healthz"); status != http.StatusOK || h.server.api != nil {
		t.Errorf("/healthz: status %d; the API is made: %v", status, h.server.api != nil)
	}
	var asking sync.WaitGroup
	for range 4 {
		asking.Go(func() {
			if status := get("/api/openapi.json"); status != http.StatusOK {
				t.Errorf("/api/openapi.json: status %d", status)
			}
			h.Prepare()
		})
	}
	asking.Wait()
}
