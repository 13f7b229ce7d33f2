package broker

import (
	"crypto/tls"
	"log/slog"
	"net/http"
	"time"

	"gateway/internal/access"
)

// Names of the listeners, as [Broker.Addrs] and [Credentials] have them.
const (
	ListenerTCP       = "tcp"
	ListenerTLS       = "tls"
	ListenerWebsocket = "websocket"
)

// Credentials are what a client says of itself in CONNECT.
type Credentials struct {
	ClientID string // as sent, or the one assigned to a client that sent none
	Username string // "" when absent
	Password []byte // nil when absent
	Remote   string // host:port of the peer
	Listener string // one of the Listener constants
	// Request is the websocket's upgrade request, nil on the other listeners. Whoever trusts the loopback address has to
	// look at its Host and forwarding headers too.
	Request *http.Request
}

// Options are what a Broker is made of. The zero value listens nowhere and lets nobody in.
type Options struct {
	Listen          string // address for plain MQTT, "" for none
	WebsocketListen string // address for MQTT over websocket at /mqtt, "" for none
	TLSListen       string // address for MQTT over TLS, "" for none; needs TLS
	TLS             *tls.Config

	// MaxPacket is the size in bytes of one MQTT packet; 0 means 1 MiB: a camera's picture passes, and a thousand clients
	// that each send half a packet do not fill a small board's memory.
	MaxPacket uint32
	// MaxConnections is how many clients may be connected; 0 means 1000, which fits into the 1024 file descriptors that
	// systems give to a service that did not ask for more only just, and is far more than a house has. Sessions without a
	// connection may be four times as many.
	MaxConnections int
	// MaxInflight is how many QoS 1 and 2 messages a client may leave unacknowledged, each way; 0 means 1024. It bounds what
	// comes twice after a crash, and what waits for the disk on behalf of one client.
	MaxInflight uint16
	// MaxQueued and MaxQueuedBytes, of payload, bound the QoS 1 and 2 messages that wait for one client; 0 means 10,000 and
	// 16 MiB: a night of one message in three seconds. They are held in memory too.
	MaxQueued      int
	MaxQueuedBytes int
	// MaxRetained is how many topics may have a retained message; 0 means 100,000.
	MaxRetained int

	// MaxRate is how many messages a client may publish in a second, ten times as many at once; what is more has to wait.
	// 0 means any number.
	MaxRate float64

	// Authenticate says who a client is. An error refuses it: code invalid as bad user name or password, rate_limited and
	// unavailable as such, any other as not authorized. Nil refuses everybody.
	Authenticate func(Credentials) (*access.Principal, error)
	// StillIn is asked once [Broker.Disconnect] can find a client: whether what Authenticate said of it still holds. Without it, a
	// token that is taken back between the two would go unnoticed. Nil means that it does.
	StillIn func(*access.Principal) bool
	// AllowOrigin is asked before a websocket is upgraded. Nil allows only pages of the same host, and clients without Origin.
	AllowOrigin func(*http.Request) bool
	// Retained keeps retained messages over a restart; nil keeps them in memory only.
	Retained RetainedStore
	// Sessions keeps persistent sessions over a restart; nil keeps them in memory only.
	Sessions SessionStore
	// Now is the time of day, for what is written down; nil means time.Now. Nothing expires by it.
	Now func() time.Time
	// Drop is told of everything that was refused or dropped: a reason, and the client id or address it concerns. It is
	// called under locks of the bus: it must neither block nor publish.
	Drop func(reason, source string)
	// Logger is where the broker logs; nil means nowhere.
	Logger *slog.Logger
	// ConnectTimeout is how long a connection may take to send its CONNECT; 0 means 10 s.
	ConnectTimeout time.Duration
}

func (o *Options) setDefaults() {
	setDefault(&o.MaxPacket, 1<<20)
	setDefault(&o.MaxConnections, 1000)
	setDefault(&o.MaxInflight, 1024)
	setDefault(&o.MaxQueued, 10_000)
	setDefault(&o.MaxQueuedBytes, 16<<20)
	setDefault(&o.MaxRetained, 100_000)
	setDefault(&o.ConnectTimeout, 10*time.Second)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Drop == nil {
		o.Drop = func(string, string) {}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
}

func setDefault[T comparable](v *T, d T) {
	var zero T
	if *v == zero {
		*v = d
	}
}
