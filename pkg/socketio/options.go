package socketio

import (
	"log/slog"
	"net/http"
	"runtime"
	"time"
)

// Options configures a [Server]. The zero value is usable and strict: requests
// with a foreign Origin are refused, and every queue and body is bounded.
type Options struct {
	// Path is where the server answers; default "/socket.io/".
	Path string
	// PingInterval is the silence after which a connection is pinged; default 25 s.
	PingInterval time.Duration
	// PingTimeout is how long the answer to a ping may take; default 20 s.
	PingTimeout time.Duration
	// ConnectTimeout closes a connection that is in no namespace for so long; default 45 s.
	ConnectTimeout time.Duration
	// UpgradeTimeout is how long a websocket probe may take; default 10 s.
	UpgradeTimeout time.Duration
	// MaxPayload bounds, in bytes, one message, one HTTP body and the sum of
	// the attachments of one packet that a client sends; default 1 MiB.
	MaxPayload int64
	// MaxQueueBytes bounds what waits to be written to one connection; default 1 MiB.
	// A receiver that falls further behind is closed with [ReasonSlowConsumer]. A
	// packet of any size fits while at most half of that waits.
	MaxQueueBytes int
	// MaxQueuePackets bounds the same in packets; default 8192.
	MaxQueuePackets int
	// MaxNamespaces bounds the namespaces one connection may be in; default 32.
	MaxNamespaces int
	// MaxDynamicNamespaces bounds the live namespaces that came to be by a pattern; default 10000.
	MaxDynamicNamespaces int
	// MaxNamespaceLength bounds the length of a namespace's name in bytes; default 128.
	MaxNamespaceLength int
	// MaxAttachments bounds the binary attachments of one packet from a client; default 16.
	MaxAttachments int
	// Linger makes writers wait to gather a larger batch: it trades latency for
	// processor time. Default 0: an event on an idle connection is written at once.
	Linger time.Duration
	// Recovery is how long the state of a lost connection is kept for its
	// return (connection state recovery); default 0, off. Events then end with an
	// offset, a string that clients take for themselves; see [Packet.Transient] and
	// [Server.SaveRecovery].
	Recovery time.Duration
	// RecoveryPackets bounds the packets kept for it per namespace; default 4096.
	RecoveryPackets int
	// RecoveryBytes bounds the memory of those packets in all namespaces; default 16 MiB.
	RecoveryBytes int64
	// Authorize runs once per connection on the handshake request, before any
	// upgrade. Its value becomes [Handshake.ConnData]. An error refuses the
	// connection: with the status of a [*HandshakeError], or 403. Default: everyone.
	Authorize func(r *http.Request) (any, error)
	// AllowOrigin decides on requests that carry an Origin header; those it
	// refuses are answered 403 before any upgrade, those it allows get CORS
	// headers. Default: the origin's host must be the request's Host.
	AllowOrigin func(r *http.Request) bool
	// Shards is the number of goroutines that write; default GOMAXPROCS.
	Shards int
	// Logger gets what is worth an operator's attention, never payloads; default slog.Default.
	Logger *slog.Logger
}

func (o Options) withDefaults() Options {
	def(&o.Path, "/socket.io/")
	def(&o.PingInterval, 25*time.Second)
	def(&o.PingTimeout, 20*time.Second)
	def(&o.ConnectTimeout, 45*time.Second)
	def(&o.UpgradeTimeout, 10*time.Second)
	def(&o.MaxPayload, 1<<20)
	def(&o.MaxQueueBytes, 1<<20)
	def(&o.MaxQueuePackets, 8192)
	def(&o.MaxNamespaces, 32)
	def(&o.MaxDynamicNamespaces, 10000)
	def(&o.MaxNamespaceLength, 128)
	def(&o.MaxAttachments, 16)
	def(&o.RecoveryPackets, 4096)
	def(&o.RecoveryBytes, 16<<20)
	def(&o.Shards, runtime.GOMAXPROCS(0))
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return o
}

// def sets *p to v where it is zero.
func def[T comparable](p *T, v T) {
	var zero T
	if *p == zero {
		*p = v
	}
}
