package api

import (
	"io"
	"io/fs"
	"net/http"
	"path"
	"strings"
)

// csp lets the page use what the gateway itself serves, and nothing else.
const csp = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self' ws: wss:; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// pages serves the built page, compressed where the client takes it.
func (s *server) pages() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
		if name == "" {
			name = "index.html"
		}
		s.file(w, r, name)
	})
}

func (s *server) file(w http.ResponseWriter, r *http.Request, name string) {
	header := w.Header()
	if _, err := fs.Stat(s.Pages, "index.html"); err != nil {
		http.Error(w, "The page is not built into this binary: run `make build` and start that one.", http.StatusNotFound)
		return
	}
	f, gzipped, err := s.open(name, strings.Contains(r.Header.Get("Accept-Encoding"), "gzip"))
	if err != nil {
		http.NotFound(w, r)
		return
	}
	defer f.Close()
	header.Set("Content-Security-Policy", csp)
	header.Set("Content-Type", typeOf(name))
	header.Set("Cache-Control", "no-cache")
	header.Add("Vary", "Accept-Encoding")
	if gzipped {
		header.Set("Content-Encoding", "gzip")
	}
	if r.Method != http.MethodHead {
		_, _ = io.Copy(w, f)
	}
}

func (s *server) open(name string, gzip bool) (f fs.File, gzipped bool, err error) {
	if gzip {
		if f, err := s.Pages.Open(name + ".gz"); err == nil {
			return f, true, nil
		}
	}
	f, err = s.Pages.Open(name)
	if err != nil {
		return nil, false, err
	}
	if info, err := f.Stat(); err != nil || info.IsDir() {
		f.Close()
		return nil, false, fs.ErrNotExist
	}
	return f, false, nil
}

func typeOf(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js", ".mjs":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".json", ".map":
		return "application/json"
	case ".webmanifest":
		return "application/manifest+json"
	case ".png":
		return "image/png"
	case ".woff2":
		return "font/woff2"
	default:
		return "application/octet-stream"
	}
}

// socketIO serves the JS client where people expect it, and leaves everything else at that path to the server.
func (s *server) socketIO() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, s.SocketPath)
		if strings.HasPrefix(name, "socket.io.") && safe(r.Method) {
			w.Header().Set("Access-Control-Allow-Origin", "*") // it is public code
			s.file(w, r, "socket.io/"+name)
			return
		}
		s.SocketIO.ServeHTTP(w, r)
	})
}
