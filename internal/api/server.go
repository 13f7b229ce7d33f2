// Package api is the gateway's HTTP side: REST under /api/v1, metrics and health for machines, and the page for people.
package api

import (
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"gateway/internal/access"
	"gateway/internal/auth"
	"gateway/internal/bus"
	"gateway/internal/device"
	"gateway/internal/fault"
	"gateway/internal/rules"
	"gateway/internal/trace"
)

// Options are what the handler is made of. A service that is nil leaves its resource out.
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
	Metrics    http.Handler
	Ready      func() error // nil when everything serves
	Drops      *trace.Drops
	Logger     *slog.Logger // nil: nothing is logged
	Version    string

	Info     func() Info
	Health   func() Health
	Settings SettingsService
	Devices  DeviceService
	Boards   *device.Service // nil: none
	Links    LinkService
	Flash    FlashService
	Backups  BackupService
	Support  func(w io.Writer) error // writes a zip file
	Licenses func() []License
	Tracer   Tracer   // what happened to messages
	Identity Identity // who may use the gateway
	Mappings MappingService
	// TellDryrun is called each second of a dry run; nil when nobody needs to know.
	TellDryrun func(rules.Dryrun)
	FirstRun   FirstRun // the setup

	complete bool // every resource, for the document
}

type server struct {
	Options
	bodyTime, answerTime time.Duration

	mux    *http.ServeMux
	cross  *http.CrossOriginProtection
	making sync.Once // of the API
	api    huma.API
	topics []topicRoute
}

// Handler is everything the gateway serves over HTTP.
type Handler struct {
	http.Handler
	server *server
}

// New returns the handler of everything the gateway serves over HTTP. It costs next to nothing: the API is made for the first
// request that needs it, or by [Handler.Prepare].
func New(o Options) *Handler {
	s := newServer(o)
	return &Handler{s.handler(), s}
}

// Prepare makes the API, unless it is made already. That takes tens of milliseconds, on a small board a second or so.
func (h *Handler) Prepare() { h.server.makeAPI() }

func newServer(o Options) *server {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	s := &server{Options: o, bodyTime: bodyTime, answerTime: answerTime, mux: http.NewServeMux()}
	s.cross = crossOriginProtection(o.Origins)
	return s
}

func (s *server) handler() http.Handler {
	s.mux.HandleFunc("GET /healthz", s.alive)
	s.mux.HandleFunc("GET /readyz", s.ready)
	s.mux.HandleFunc("/api/", s.unknown)
	if !s.complete {
		s.mux.Handle("GET /metrics", s.authorised(known, s.Metrics))
		s.mux.Handle(s.SocketPath, s.SocketIO) // never reached, but the path without its last slash is redirected
		s.mux.Handle("/", s.Page)
	}
	s.addDocs()
	return underBase(s.BasePath, s.guard(s.route(s.mux)))
}

// makeAPI puts the API into the mux. No request to it may pass before.
func (s *server) makeAPI() {
	s.making.Do(func() {
		s.api = s.newAPI()
		s.addResources()
		s.finish()
		s.mux.Handle("GET /api/openapi.json", s.openapi())
	})
}

// addResources adds what there is a service for.
func (s *server) addResources() {
	s.addPublish()
	s.addState()
	for _, r := range []struct {
		present bool
		add     func()
	}{
		{s.Tracer != nil, s.addTraffic},
		{s.Info != nil, s.addInfo},
		{s.Health != nil, s.addHealth},
		{s.Settings != nil, s.addSettings},
		{s.Devices != nil, s.addDevices},
		{s.Boards != nil, s.addBoards},
		{s.Flash != nil, s.addFlash},
		{s.Links != nil, s.addLinks},
		{s.Backups != nil, s.addBackups},
		{s.Support != nil, s.addSupport},
		{s.Licenses != nil, s.addLicenses},
		{s.Mappings != nil, s.addMappings},
		{s.Identity != nil, s.addSession},
		{s.Identity != nil, s.addSessions},
		{s.Identity != nil, s.addUsers},
		{s.Identity != nil, s.addTokens},
		{s.Identity != nil && s.FirstRun != nil, s.addSetup},
		{s.Identity != nil && s.Backups != nil, s.addSetupRestore},
	} {
		if r.present || s.complete {
			r.add()
		}
	}
}

// refuse answers with a problem document and counts it.
func (s *server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	p := problemOf(err)
	s.note(r, p, err)
	writeProblem(w, p)
}

// note counts a refusal. Those that are the gateway's own fault, and no sentence for the client, are logged.
func (s *server) note(r *http.Request, p *Problem, err error) {
	s.Drops.Add(trace.Key{Where: "http", Reason: string(p.Code)}, r.RemoteAddr, err.Error())
	if p.Code == fault.Unavailable && p.Detail != err.Error() {
		s.Logger.Error("request failed", "method", r.Method, "path", r.URL.Path, "err", err)
	}
}
