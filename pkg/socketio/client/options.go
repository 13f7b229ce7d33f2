// Package client is a Socket.IO client for Go: protocol revision 5 over a
// websocket (Engine.IO 4). It joins one namespace, and reconnects by itself.
package client

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"
)

// Options configures a [Client]. The zero value joins "/" and reconnects.
type Options struct {
	Namespace string      // default "/"
	Auth      any         // sent on each connect, marshalled as a JSON object; nil sends none
	Header    http.Header // of the websocket handshake
	// HTTPClient makes the websocket handshake; default [http.DefaultClient].
	HTTPClient *http.Client
	// NoReconnect ends the client when its connection is lost.
	NoReconnect bool
	// MinBackoff and MaxBackoff bound the wait before the next attempt; it
	// doubles each time, and varies by half. Default 500 ms and 15 s.
	MinBackoff, MaxBackoff time.Duration
	// Timeout bounds one attempt to connect, and one write; default 10 s.
	Timeout time.Duration
	// MaxPayload bounds one message from the server, in bytes; default 16 MiB.
	MaxPayload int64
	// Logger gets lost connections; default slog.Default.
	Logger *slog.Logger
}

func (o Options) withDefaults() Options {
	if o.Namespace == "" {
		o.Namespace = "/"
	}
	for d, v := range map[*time.Duration]time.Duration{
		&o.MinBackoff: 500 * time.Millisecond, &o.MaxBackoff: 15 * time.Second, &o.Timeout: 10 * time.Second,
	} {
		if *d == 0 {
			*d = v
		}
	}
	if o.MaxPayload == 0 {
		o.MaxPayload = 16 << 20
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return o
}

// Errors that callers tell apart.
var (
	// ErrNotConnected is returned while there is no connection: nothing is kept to be sent later.
	ErrNotConnected = errors.New("socketio client: not connected")
	// ErrClosed is returned after [Client.Close].
	ErrClosed = errors.New("socketio client: closed")
	// ErrTimeout is returned by [Client.Call] when the context's deadline passes.
	ErrTimeout = errors.New("socketio client: no acknowledgement in time")
	// ErrDisconnected is what a connection ends with when the server takes the
	// client out of the namespace; then it does not reconnect.
	ErrDisconnected = errors.New("socketio client: disconnected by the server")
)

// ConnectError is a server's refusal to let the client into the namespace.
type ConnectError struct {
	Message string `json:"message"`
	Data    any    `json:"data"`
}

func (e *ConnectError) Error() string { return fmt.Sprintf("socketio client: refused: %s", e.Message) }
