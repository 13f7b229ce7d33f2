package api

import (
	"embed"
	"net/http"
)

// docs renders openapi.json for people. It is small, and needs nothing from elsewhere.
//
//go:embed docs
var docs embed.FS

// docsPolicy is for the page that is made from the document: its own script and style, nothing inline, nothing from elsewhere.
const docsPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; " +
	"frame-ancestors 'none'"

// addDocs serves the page at /api/docs, to anybody: it tells nothing of this gateway but its version.
func (s *server) addDocs() {
	for path, name := range map[string]string{
		"/api/docs": "docs/index.html", "/api/docs/docs.js": "docs/docs.js", "/api/docs/docs.css": "docs/docs.css",
	} {
		s.mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Security-Policy", docsPolicy)
			http.ServeFileFS(w, r, docs, name)
		})
	}
}
