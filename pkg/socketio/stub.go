package socketio

import (
	"context"
	"encoding/json"
	"net/http"
)

// Server is a Socket.IO server.
type Server struct{ o Options }

// NewServer returns a server.
func NewServer(o Options) *Server                                       { return &Server{o: o.withDefaults()} }
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request)      {}
func (s *Server) Close(ctx context.Context) error                       { return nil }
func (s *Server) Namespace(pattern string) *Namespace                   { return &Namespace{} }
func (s *Server) NamespaceFunc(match func(name string) bool) *Namespace { return &Namespace{} }
func (s *Server) Lookup(name string) *Namespace                         { return nil }
func (s *Server) Stats() Stats                                          { return Stats{} }

type Namespace struct{}

func (n *Namespace) Name() string                                         { return "" }
func (n *Namespace) Use(mw func(ctx context.Context, h *Handshake) error) {}
func (n *Namespace) OnConnect(fn func(*Socket))                           {}
func (n *Namespace) Sockets() []*Socket { return nil }

func (n *Namespace) Len() int { return 0 }

func (n *Namespace) To(rooms ...string) *Broadcast { return &Broadcast{} }

func (n *Namespace) In(rooms ...string) *Broadcast { return &Broadcast{} }

func (n *Namespace) Except(roomsOrSocketIDs ...string) *Broadcast { return &Broadcast{} }

func (n *Namespace) Volatile() *Broadcast { return &Broadcast{} }

func (n *Namespace) Key(k string) *Broadcast { return &Broadcast{} }

func (n *Namespace) Emit(event string, args ...any) (int, error) { return 0, nil }

func (n *Namespace) EmitRaw(event string, args ...json.RawMessage) (int, error) { return 0, nil }

func (n *Namespace) EmitPacket(p *Packet) (int, error) { return 0, nil }

type Broadcast struct{}

func (b *Broadcast) To(rooms ...string) *Broadcast                              { return b }
func (b *Broadcast) In(rooms ...string) *Broadcast                              { return b }
func (b *Broadcast) Except(roomsOrSocketIDs ...string) *Broadcast               { return b }
func (b *Broadcast) Volatile() *Broadcast                                       { return b }
func (b *Broadcast) Transient() *Broadcast                                      { return b }
func (b *Broadcast) Key(k string) *Broadcast                                    { return b }
func (b *Broadcast) Emit(event string, args ...any) (int, error)                { return 0, nil }
func (b *Broadcast) EmitRaw(event string, args ...json.RawMessage) (int, error) { return 0, nil }
func (b *Broadcast) EmitPacket(p *Packet) (int, error)                          { return 0, nil }

type Packet struct{}

func NewPacket(namespace, event string, args ...any) (*Packet, error) { return &Packet{}, nil }
func (p *Packet) Transient() *Packet                                  { return p }

type Socket struct{}

func (s *Socket) ID() string { return "" }

func (s *Socket) ConnID() string { return "" }

func (s *Socket) Namespace() *Namespace { return nil }

func (s *Socket) Handshake() *Handshake { return nil }

func (s *Socket) Data() any     { return nil }
func (s *Socket) SetData(v any) {}
func (s *Socket) Recovered() bool { return false }

func (s *Socket) Connected() bool                                         { return false }
func (s *Socket) On(event string, fn func(ctx context.Context, e *Event)) {}
func (s *Socket) OnAny(fn func(ctx context.Context, e *Event))            {}
func (s *Socket) OnDisconnect(fn func(Reason))                            {}
func (s *Socket) Emit(event string, args ...any) error { return nil }

func (s *Socket) EmitPacket(p *Packet) error { return nil }

func (s *Socket) Call(ctx context.Context, event string, args ...any) ([]Arg, error) { return nil, nil }
func (s *Socket) Join(rooms ...string)                                               {}
func (s *Socket) Leave(rooms ...string)                                              {}
func (s *Socket) Rooms() []string                                                    { return nil }
func (s *Socket) Disconnect(closeConnection bool)                                    {}
func (s *Socket) Hold()                                                              {}
func (s *Socket) Release()                                                           {}
