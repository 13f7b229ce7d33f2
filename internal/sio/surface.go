// Package sio is the gateway's socket.io surface: who may connect, the namespaces that mappings make, and the raw bus at
// /mqtt. The protocol itself is pkg/socketio's.
package sio

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"gateway/internal/access"
	"gateway/internal/bridge"
	"gateway/internal/bus"
	"gateway/internal/fault"
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
	// Identify finds out who a handshake comes from; its *fault.Error refuses it.
	Identify func(r *http.Request) (*access.Principal, error)
	// AllowOrigin decides on requests that carry an Origin header.
	AllowOrigin func(r *http.Request) bool
	Drops       *trace.Drops
	Logger      *slog.Logger
}

// Surface is the socket.io side of the bus. It implements bridge.Emitter.
type Surface struct {
	server  *socketio.Server
	bus     *bus.Bus
	bridge  Bridge
	drops   *trace.Drops
	log     *slog.Logger
	members map[*member]struct{} // sockets of mapped namespaces; touched inside a barrier only
	checked checkedSockets

	recovery time.Duration
	raw      *raw
}

// New returns the surface, with /mqtt attached to the bus. Mapped namespaces come with [Surface.Serve].
func New(o Options, b *bus.Bus) *Surface {
	s := &Surface{bus: b, drops: o.Drops, log: o.Logger, recovery: o.Recovery, members: map[*member]struct{}{}}
	s.server = socketio.NewServer(socketio.Options{
		Path:         o.Path,
		PingInterval: o.PingInterval, PingTimeout: o.PingTimeout,
		MaxPayload: o.MaxPayload, MaxQueueBytes: o.MaxQueue,
		Linger: o.Linger, Recovery: o.Recovery,
		Authorize:   s.authorize(o.Identify),
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
	n.Use(s.admit)
	n.OnConnect(s.enter)
}

// ServeHTTP answers the socket.io path.
func (s *Surface) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.server.ServeHTTP(w, r) }

// Close disconnects every client with the reason "server shutting down".
func (s *Surface) Close(ctx context.Context) error { return s.server.Close(ctx) }

// Stats returns the server's counters.
func (s *Surface) Stats() socketio.Stats { return s.server.Stats() }

func (s *Surface) authorize(identify func(*http.Request) (*access.Principal, error)) func(*http.Request) (any, error) {
	return func(r *http.Request) (any, error) {
		p, err := identify(r)
		if err != nil {
			s.drops.Add(trace.Key{Where: "socketio", Reason: string(fault.CodeOf(err))}, r.RemoteAddr, err.Error())
			return nil, &socketio.HandshakeError{Status: http.StatusForbidden, Code: 4, Message: fault.MessageOf(err)}
		}
		return p, nil
	}
}

func principalOf(s *socketio.Socket) *access.Principal {
	return s.Handshake().ConnData.(*access.Principal) // authorize put it there, or there would be no connection
}
