package api

import (
	"net/http"
	"strings"
	"time"
)

// socketIO serves the JS client where people expect it, and leaves everything else at that path to the server.
func (s *server) socketIO() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, s.SocketPath)
		if !strings.HasPrefix(name, "socket.io.") || !safe(r.Method) {
			// An earlier request on this connection may have left its limit behind, and a poll takes as long as it takes.
			_ = http.NewResponseController(w).SetWriteDeadline(time.Time{})
			s.SocketIO.ServeHTTP(w, r)
			return
		}
		s.limit(w)
		w.Header().Set("Access-Control-Allow-Origin", "*") // it is public code, and pages of other hosts load it
		r = r.Clone(r.Context())
		r.URL.Path = "/socket.io/" + name
		s.Page.ServeHTTP(w, r)
	})
}
