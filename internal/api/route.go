package api

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// route picks out what a ServeMux cannot have: topics, which may hold empty levels that it would redirect without, and the
// socket.io path, whose time limits and pages are its own.
func (s *server) route(rest http.Handler) http.Handler {
	socketIO := s.socketIO()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		isAPI := strings.HasPrefix(r.URL.Path, "/api/")
		switch {
		case strings.HasPrefix(r.URL.Path, s.SocketPath):
			socketIO.ServeHTTP(w, r)
			return
		case isAPI && s.crossOrigin(w, r):
			return
		}
		s.limit(w)
		next := rest
		if isAPI {
			s.makeAPI()
			apiHeaders(w.Header())
			if topics := s.topicRoute(r); topics != nil {
				next = topics
			}
		}
		next.ServeHTTP(w, r)
	})
}

// topicRoute finds the operation on the topic in the path; nil when the path has none.
func (s *server) topicRoute(r *http.Request) http.Handler {
	var found http.Handler
	for _, t := range s.topics {
		if !strings.HasPrefix(r.URL.EscapedPath(), t.prefix) {
			continue
		}
		if t.takes(r.Method) {
			return t.Handler
		}
		found = http.HandlerFunc(s.unknown)
	}
	return found
}

func (s *server) takesTopic(r *http.Request) bool {
	return slices.ContainsFunc(s.topics, func(t topicRoute) bool {
		return t.takes(r.Method) && strings.HasPrefix(r.URL.EscapedPath(), t.prefix)
	})
}

func (t topicRoute) takes(method string) bool {
	return method == t.method || method == http.MethodHead && t.method == http.MethodGet
}

// unknown answers what is no operation: 405 where another method would be one, else 404.
func (s *server) unknown(w http.ResponseWriter, r *http.Request) {
	allowed := s.allowed(r)
	if len(allowed) == 0 {
		writeProblem(w, invalid(http.StatusNotFound, "%s %s is not part of the API", r.Method, r.URL.Path))
		return
	}
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	writeProblem(w, invalid(http.StatusMethodNotAllowed, "%s cannot be used with %s: use %s", r.URL.Path, r.Method, strings.Join(allowed, ", ")))
}

// allowed are the methods that the path of a request can be used with.
func (s *server) allowed(r *http.Request) []string {
	var methods []string
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		asked := *r
		asked.Method = method
		_, pattern := s.mux.Handler(&asked)
		if pattern != "/api/" && pattern != "" && s.topicRoute(&asked) == nil || s.takesTopic(&asked) {
			methods = append(methods, method)
		}
	}
	return slices.Compact(methods)
}

// underBase takes base away from the path. The path without its last slash is redirected to the one with it.
func underBase(base string, h http.Handler) http.Handler {
	prefix := strings.TrimSuffix(base, "/")
	if prefix == "" {
		return h
	}
	below := http.StripPrefix(prefix, h)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == prefix:
			to := url.URL{Path: base, RawQuery: r.URL.RawQuery}
			http.Redirect(w, r, to.String(), http.StatusTemporaryRedirect)
		case strings.HasPrefix(r.URL.Path, base):
			below.ServeHTTP(w, r)
		default:
			http.NotFound(w, r)
		}
	})
}
