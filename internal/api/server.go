// Package api is the gateway's HTTP side: REST under /api/v1, metrics and health for machines, and the page for people.
package api

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"gateway/internal/access"
	"gateway/internal/auth"
	"gateway/internal/bus"
	"gateway/internal/fault"
	"gateway/internal/trace"
)

// Options are what the handler is made of.
type Options struct {
	Bus        *bus.Bus
	Identify   func(r *http.Request) (*access.Principal, error)
	Origins    auth.Origins
	Hosts      auth.Hosts
	Proxies    auth.Proxies
	MaxPayload int64 // bytes of a published body
	BasePath   string
	SocketIO   http.Handler
	SocketPath string       // where SocketIO answers, below BasePath
	Page       http.Handler // the built page, and the JS client below /socket.io/
	Info       func() Info
	Metrics    http.Handler
	Ready      func() error // nil when everything serves
	Drops      *trace.Drops
}

type server struct {
	Options
	bodyTime, answerTime time.Duration
}

// New returns the handler of everything the gateway serves over HTTP.
func New(o Options) http.Handler { return newServer(o).handler() }

func newServer(o Options) *server { return &server{o, bodyTime, answerTime} }

func (s *server) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", s.health)
	mux.HandleFunc("GET /readyz", s.ready)
	mux.Handle("GET /metrics", s.identified(s.Metrics))
	mux.Handle("GET /api/v1/info", s.identified(http.HandlerFunc(s.info)))
	mux.HandleFunc("/api/", s.unknown)
	mux.Handle(s.SocketPath, s.SocketIO) // never reached, but the path without its last slash is redirected
	mux.Handle("/", s.Page)
	return underBase(s.BasePath, s.guard(s.route(mux)))
}

// publishPath is what the topic follows.
const publishPath = "/api/v1/publish/"

// route picks out what a ServeMux cannot have: topics, which may hold empty levels that it would redirect without, and the
// socket.io path, whose time limits and pages are its own.
func (s *server) route(rest http.Handler) http.Handler {
	publish, socketIO := s.as(s.publish), s.socketIO()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasPrefix(r.URL.Path, s.SocketPath):
			socketIO.ServeHTTP(w, r)
			return
		case strings.HasPrefix(r.URL.Path, "/api/") && s.crossOrigin(w, r):
			return
		}
		s.limit(w)
		if r.Method == http.MethodPost && strings.HasPrefix(r.URL.EscapedPath(), publishPath) {
			publish.ServeHTTP(w, r)
			return
		}
		rest.ServeHTTP(w, r)
	})
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

type handlerFor func(w http.ResponseWriter, r *http.Request, p *access.Principal)

// identified passes on requests of somebody who may use the gateway at all.
func (s *server) identified(next http.Handler) http.Handler {
	return s.as(func(w http.ResponseWriter, r *http.Request, _ *access.Principal) { next.ServeHTTP(w, r) })
}

func (s *server) as(next handlerFor) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p, err := s.Identify(r)
		if err != nil {
			s.refuse(w, r, err)
			return
		}
		next(w, r, p)
	})
}

func (s *server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	s.Drops.Add(trace.Key{Where: "http", Reason: string(fault.CodeOf(err))}, r.RemoteAddr, err.Error())
	writeProblem(w, err)
}

func (s *server) health(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]string{"status": "ok"})
}

func (s *server) ready(w http.ResponseWriter, _ *http.Request) {
	if err := s.Ready(); err != nil {
		writeProblem(w, fault.New(fault.Unavailable, "%w", err))
		return
	}
	writeJSON(w, http.StatusOK, map[string]string{"status": "ready"})
}

func (s *server) info(w http.ResponseWriter, _ *http.Request) { writeJSON(w, http.StatusOK, s.Info()) }

func (s *server) unknown(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/problem+json")
	writeJSON(w, http.StatusNotFound, problem{
		Type: "about:blank", Title: "Not Found", Status: http.StatusNotFound, Code: fault.Invalid,
		Detail: r.Method + " " + r.URL.Path + " is not part of the API",
	})
}

// Info is what the page shows of the gateway.
type Info struct {
	Name       string            `json:"name"`
	Version    string            `json:"version"`
	Started    time.Time         `json:"started"`
	UptimeS    int64             `json:"uptime_s"`
	Demo       bool              `json:"demo"`
	Listen     map[string]string `json:"listen"` // what listens where: http, mqtt, mqtt_websocket, ...
	Namespaces []string          `json:"namespaces"`
	Mappings   []Mapping         `json:"mappings"`
	Links      []Link            `json:"links"`
	Problems   []string          `json:"problems"` // mappings that do not stand, links that are down
}

// Mapping is one rule in short.
type Mapping struct {
	Name      string `json:"name"`
	Topic     string `json:"topic"`
	Namespace string `json:"namespace,omitempty"`
	Event     string `json:"event,omitempty"`
	To        string `json:"to,omitempty"`
	Direction string `json:"direction,omitempty"` // empty for topic -> topic
	OK        bool   `json:"ok"`
	Error     string `json:"error,omitempty"`
	In        uint64 `json:"in"`
	Out       uint64 `json:"out"`
}

// Link is one link in short.
type Link struct {
	Name  string `json:"name"`
	State string `json:"state"`
	Error string `json:"error,omitempty"`

	Queued     int     `json:"queued"`   // messages that wait for the broker
	OldestS    float64 `json:"oldest_s"` // age of the oldest of them
	Reconnects uint64  `json:"reconnects"`
}
