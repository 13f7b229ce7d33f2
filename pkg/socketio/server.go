package socketio

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"gateway/pkg/socketio/engine"
	"gateway/pkg/socketio/parser"
)

// Server is a Socket.IO server: an [http.Handler] for [Options.Path]. Make it
// with [NewServer].
type Server struct {
	o      Options
	engine *engine.Server
	limits parser.Limits
	pool   *pool

	recovery *recovery

	live    sync.Map // name -> *Namespace that sockets may be in: static ones and live children
	sockets atomic.Int64
	strays  atomic.Uint64 // packets for a namespace that the connection is not in

	mu      sync.Mutex
	parents []*Namespace // in order of registration
	names   int          // entries of live
	dynamic int          // those among them that are children
}

// NewServer returns a server. It starts goroutines with the first connection;
// [Server.Close] ends them.
func NewServer(o Options) *Server {
	o = o.withDefaults()
	s := &Server{o: o, pool: newPool(), recovery: newRecovery(o), limits: parser.Limits{
		Namespace: o.MaxNamespaceLength, Attachments: o.MaxAttachments, AttachmentBytes: o.MaxPayload,
	}}
	s.recovery.trim = s.trimLogs
	s.engine = engine.New(engine.Options{
		Path: o.Path, PingInterval: o.PingInterval, PingTimeout: o.PingTimeout,
		UpgradeTimeout: o.UpgradeTimeout, MaxPayload: o.MaxPayload,
		MaxQueueBytes: o.MaxQueueBytes, MaxQueuePackets: o.MaxQueuePackets,
		Linger: o.Linger, Shards: o.Shards, Authorize: o.Authorize, AllowOrigin: o.AllowOrigin, Logger: o.Logger,
	}, connections{s})
	return s
}

// ServeHTTP serves everything under [Options.Path].
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.engine.ServeHTTP(w, r) }

// Close disconnects all with [ReasonServerShutdown], refuses new connections,
// and waits until everything is written and every handler, [Socket.OnDisconnect]'s
// included, has returned. When ctx ends first it cuts off what is left and
// returns ctx's error. It must not be called by a handler.
func (s *Server) Close(ctx context.Context) error {
	err := s.engine.Close(ctx)
	if errors.Is(err, engine.ErrServerClosed) {
		return ErrServerClosed
	}
	if err == nil {
		err = s.pool.wait(ctx)
	}
	s.pool.stop()
	s.recovery.stop()
	return err
}

// trimLogs removes what is too old to be recovered.
func (s *Server) trimLogs(before time.Time) {
	for _, n := range s.live.Range {
		n := n.(*Namespace)
		n.mu.Lock()
		n.log.expire(before, s.recovery)
		n.mu.Unlock()
	}
}

// Lookup returns the namespace with the name if sockets can be in it now: a
// static one, or a dynamic one that has sockets, or had some that may come back
// (see [Options.Recovery]). Otherwise it returns nil. It never blocks.
func (s *Server) Lookup(name string) *Namespace {
	n, ok := s.live.Load(name)
	if !ok {
		return nil
	}
	return n.(*Namespace)
}

// Stats returns the server's counters. It visits every connection.
func (s *Server) Stats() Stats {
	e := s.engine.Stats()
	st := Stats{
		Connections: e.Connections, Sockets: int(s.sockets.Load()),
		PacketsIn: e.PacketsIn, PacketsOut: e.PacketsOut, BytesIn: e.BytesIn, BytesOut: e.BytesOut,
		QueuedBytes: e.QueuedBytes, Disconnects: make(map[Reason]uint64, len(e.Disconnects)),
		Drops: map[string]uint64{
			"volatile": e.Volatile, "conflated": e.Conflated, "slow_consumer": e.Slow, "no_socket": s.strays.Load(),
		},
	}
	for r, n := range e.Disconnects {
		st.Disconnects[Reason(r)] = n
	}
	s.mu.Lock()
	st.Namespaces = s.names
	s.mu.Unlock()
	return st
}
