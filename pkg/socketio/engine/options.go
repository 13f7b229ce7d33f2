package engine

import (
	"fmt"
	"log/slog"
	"net/http"
	"time"
)

// Options configures a [Server]. Every field but Authorize, AllowOrigin, Logger
// and Linger must be set; package socketio documents them and has the defaults.
type Options struct {
	Path            string
	PingInterval    time.Duration
	PingTimeout     time.Duration
	UpgradeTimeout  time.Duration
	MaxPayload      int64 // bytes
	MaxQueueBytes   int
	MaxQueuePackets int
	Linger          time.Duration
	Shards          int
	Authorize       func(r *http.Request) (any, error)
	AllowOrigin     func(r *http.Request) bool
	Logger          *slog.Logger
}

// Handler is told what happens to connections. Open comes first; Message calls
// of one connection never overlap; Close comes once, on a goroutine of its own,
// and may overlap the last Message.
type Handler interface {
	Open(c *Conn)
	// Message gets one message. data is only valid during the call. A reason
	// other than "" closes the connection with it. While the call blocks, the
	// connection is not read.
	Message(c *Conn, data []byte, binary bool) Reason
	Close(c *Conn, reason Reason)
}

// HandshakeError refuses a connection in [Options.Authorize].
type HandshakeError struct {
	Status  int    // HTTP status, 403 when 0
	Code    int    // Engine.IO error code, 4 ("Forbidden") when 0
	Message string // sent to the client
}

func (e *HandshakeError) Error() string {
	return fmt.Sprintf("handshake refused with status %d: %s", e.Status, e.Message)
}
