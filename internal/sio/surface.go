// Package sio is the gateway's socket.io surface: who may connect, the namespaces that mappings make, and the raw bus at
// /mqtt. The protocol itself is pkg/socketio's.
package sio

import (
	"context"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"gateway/internal/access"
	"gateway/internal/bridge"
	"gateway/internal/bus"
	"gateway/internal/trace"
	"gateway/pkg/mapping"
	"gateway/pkg/socketio"
)

// Bridge is what the surface needs of internal/bridge.
type Bridge interface {
	Table() *mapping.Table
	Audibles(namespace string, p *access.Principal) (rules []bridge.Audible, known, inbound bool)
	Replay(namespace, room string, p *access.Principal, rule bridge.Audible, seq uint64, emit func(*bridge.Emission) bool)
	Pending(rule *mapping.Compiled) map[string]struct{}
	Inbound(ctx context.Context, e bridge.Event, done func(bridge.Reply, error))
	Apply(t *mapping.Table, within func(seq uint64))
}

// Options configure the surface.
type Options struct {
	Path                      string
	PingInterval, PingTimeout time.Duration
	MaxPayload                int64 // bytes of one event
	MaxQueue                  int   // bytes that may wait for one connection
	Linger, Recovery          time.Duration
	// Identify finds out who makes a request; its *fault.Error refuses it. It is asked at the handshake, and for each socket
	// that brings no token of its own.
	Identify func(r *http.Request) (*access.Principal, error)
	// Token finds out whose a token is that a socket brings in its auth object; nil knows none.
	// from is the address that it comes from, host:port.
	Token func(token, from string) (*access.Principal, error)
	// Current returns what a principal is by now: nil when it may not be here any more. nil: principals never change.
	Current func(*access.Principal) *access.Principal
	// AllowOrigin decides on requests that carry an Origin header.
	AllowOrigin func(r *http.Request) bool
	Drops       *trace.Drops
	Logger      *slog.Logger
}

// Surface is the socket.io side of the bus. It implements bridge.Emitter.
type Surface struct {
	options Options
	server  *socketio.Server
	bus     *bus.Bus
	bridge  Bridge
	drops   *trace.Drops
	log     *slog.Logger
	members map[*member]struct{} // sockets of mapped namespaces; touched inside a barrier only
	checked checkedSockets
	lobby   lobby
	trees   trees
	sent    atomic.Uint64                      // events to sockets of mapped namespaces and /mqtt
	admin   atomic.Pointer[socketio.Namespace] // nil before ServeAdmin

	recovery time.Duration
	raw      *raw
}

// New returns the surface, with /mqtt attached to the bus. Mapped namespaces come with [Surface.Serve].
func New(o Options, b *bus.Bus) *Surface {
	s := &Surface{options: o, bus: b, drops: o.Drops, log: o.Logger, recovery: o.Recovery, members: map[*member]struct{}{}}
	s.server = socketio.NewServer(socketio.Options{
		Path:         o.Path,
		PingInterval: o.PingInterval, PingTimeout: o.PingTimeout,
		MaxPayload: o.MaxPayload, MaxQueueBytes: o.MaxQueue,
		Linger: o.Linger, Recovery: o.Recovery,
		Authorize:   s.authorize,
		AllowOrigin: o.AllowOrigin,
		Logger:      o.Logger,
	})
	s.raw = newRaw(s)
	return s
}

// Serve opens the namespaces that br's rules name.
func (s *Surface) Serve(br Bridge) {
	s.bridge = br
	n := s.server.NamespaceFunc(func(name string) bool { return s.bridge.Table().HasNamespace(name) })
	n.Use(s.seated)
	n.Use(s.admit)
	n.OnConnect(s.enter)
}

// ServeHTTP answers the socket.io path.
func (s *Surface) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.server.ServeHTTP(w, r) }

// Close disconnects every client with the reason "server shutting down".
func (s *Surface) Close(ctx context.Context) error { return s.server.Close(ctx) }

// Stats returns the server's counters.
func (s *Surface) Stats() socketio.Stats { return s.server.Stats() }

// Sent is how many events were queued for sockets of mapped namespaces and of /mqtt since the start, replayed ones left out.
func (s *Surface) Sent() uint64 { return s.sent.Load() }
