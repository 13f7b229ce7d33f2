package api

import (
	"net/http"

	"gateway/internal/fault"
)

// alive answers /healthz: the process serves.
func (s *server) alive(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]string{"status": "ok"})
}

// ready answers /readyz: everything in it serves.
func (s *server) ready(w http.ResponseWriter, _ *http.Request) {
	if err := s.Ready(); err != nil {
		writeProblem(w, fault.New(fault.Unavailable, "%w", err))
		return
	}
	writeJSON(w, http.StatusOK, map[string]string{"status": "ready"})
}
