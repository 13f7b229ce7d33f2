package api

import (
	"net/http"
	"strings"
)

// socketIO serves the JS client where people expect it, and leaves everything else at that path to the server.
func (s *server) socketIO() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, s.SocketPath)
		if !strings.HasPrefix(name, "socket.io.") || !safe(r.Method) {
			s.SocketIO.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Access-Control-Allow-Origin", "*") // it is public code, and pages of other hosts load it
		r = r.Clone(r.Context())
		r.URL.Path = "/socket.io/" + name
		s.Page.ServeHTTP(w, r)
	})
}
