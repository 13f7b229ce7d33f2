package socketio

import (
	"errors"

	"gateway/pkg/socketio/engine"
	"gateway/pkg/socketio/parser"
)

// Errors that callers tell apart.
var (
	// ErrTimeout is returned by [Socket.Call] when the context ends before the ack comes.
	ErrTimeout = errors.New("socketio: no acknowledgement in time")
	// ErrDisconnected is returned for a socket that is gone.
	ErrDisconnected = errors.New("socketio: socket is disconnected")
	// ErrReservedEvent is returned for event names at which a client cuts its
	// connection: connect, connect_error, disconnect, disconnecting, newListener, removeListener.
	ErrReservedEvent = errors.New("socketio: event name is reserved")
	// ErrInvalidJSON is returned for raw arguments that are not JSON in UTF-8.
	ErrInvalidJSON = parser.ErrInvalidJSON
	// ErrAcked is returned by [Event.Ack] when the event was acknowledged before.
	ErrAcked = errors.New("socketio: event is acknowledged already")
	// ErrNamespace is returned for a packet that was made for another namespace.
	ErrNamespace = errors.New("socketio: packet is for another namespace")
	// ErrServerClosed is returned by a server that was closed.
	ErrServerClosed = errors.New("socketio: server is closed")

	errTooManyNamespaces = errors.New("socketio: too many dynamic namespaces")
)

// ConnectError refuses a socket in a middleware (see [Namespace.Use]). The
// client finds it in its "connect_error" listener as err.message and err.data.
type ConnectError struct {
	Message string
	Data    any // marshalled as JSON; nil sends none
}

func (e *ConnectError) Error() string { return e.Message }

// HandshakeError refuses a connection in [Options.Authorize].
type HandshakeError = engine.HandshakeError
