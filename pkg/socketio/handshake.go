package socketio

import (
	"encoding/json"
	"net/http"
	"net/url"
	"time"
)

// Handshake is what is known of a socket when it asks to join a namespace.
type Handshake struct {
	ID        string            // of the socket to be
	Namespace string            // as the client wrote it, without a query
	Params    map[string]string // captures of the namespace's pattern, percent-decoded
	Auth      json.RawMessage   // the client's auth object; nil when absent
	// Header holds the request's headers but for those that only concern the
	// transport (Sec-WebSocket-*, Connection, Accept-* and the like). Shared by the
	// sockets of one connection: do not modify.
	Header http.Header
	// Query is the request's query but for Engine.IO's own keys; shared, do not
	// modify. A client of Socket.IO 2 may add to it for one namespace: "/x?token=1".
	Query      url.Values
	RemoteAddr string    // "host:port" of the peer
	Host       string    // the request's Host
	Secure     bool      // whether the request came by TLS
	Time       time.Time // of the connection's handshake
	ConnData   any       // from [Options.Authorize]
	Data       any       // set by a middleware; goes to [Socket.Data]
	// Owner says who the socket belongs to; set by a middleware. The state of a lost
	// socket is taken up by one of the same owner only, whoever knows its id.
	Owner string
}
