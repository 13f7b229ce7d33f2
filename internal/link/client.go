package link

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"gateway/internal/fault"
)

const defaultKeepalive = 30 * time.Second

// timing says how patient a client is.
type timing struct {
	firstRetry time.Duration // doubled with each failure, up to
	lastRetry  time.Duration // with an attempt that is not answered, a broker is found within 30 s of its return
	steady     time.Duration // a connection that lived longer resets the retry delay
	quiet      time.Duration // how long a connection has to last before a message is blamed for its end
	call       time.Duration // for a dial, a handshake, a write or an answer to a ping; an acknowledgement may take twice as long
}

func defaultTiming() timing {
	return timing{firstRetry: 500 * time.Millisecond, lastRetry: 15 * time.Second, steady: 10 * time.Second, quiet: time.Second, call: 10 * time.Second}
}

// ErrOffline is returned by Publish while there is no connection; the client is connecting again by itself.
var ErrOffline = fault.New(fault.Offline, "the broker is not connected")

// ClientOptions are the parts of a [Client] that have sensible zero values.
type ClientOptions struct {
	Username    string
	Password    func() (string, error)      // asked at each connection; nil for none
	TLS         func() (*tls.Config, error) // likewise, for mqtts and wss; nil trusts the system's authorities
	Keepalive   time.Duration               // 0 means 30 s
	KeepSession bool                        // the broker keeps subscriptions and QoS 1 messages while we are away; needs a stable id
	Will        *Will
	Gateway     bool // ask whether the broker is another gateway's, and exchange trails with it
	// OnState is told of each connection and of each failure to connect or loss, with its reason. It must not block.
	OnState func(up bool, err error)
}

// Will is what the broker publishes when the connection breaks. Close publishes it too.
type Will struct {
	Topic   string
	Payload string
	QoS     byte
	Retain  bool
}

// Handler gets a message. It runs in the order of arrival and must not block: the connection waits for it. The message is
// acknowledged when it returns.
type Handler func(topic string, payload []byte, retained bool)

// Client is a connection to an MQTT 3.1.1 broker that is made again whenever it breaks. Make one with [NewClient].
type Client struct {
	url, id string
	opts    ClientOptions
	timing  timing
	stop    context.CancelFunc
	stopped chan struct{}

	shut    int  // connections that the broker closed instead of answering CONNECT, in a row; for run
	unasked bool // it closed the last one at a greeting; for run

	mu   sync.Mutex
	subs []subscription
	live *connection // nil while offline
}

type subscription struct {
	filter string
	qos    byte
	fn     func(message)
}

// connection is one life of a client.
type connection struct {
	paho    mqtt.Client
	lost    chan struct{} // closed when it broke and session has taken note
	down    chan struct{} // closed when it broke; by downOnce
	useless chan error    // why it is to be broken off
	call    time.Duration
	out     chan outgoing // to pump

	downOnce sync.Once

	gateway   atomic.Pointer[string] // whose broker it is; nil if not another gateway's
	answered  chan struct{}          // closed when that is known
	plainWill bool                   // our will is not retained: a broker that does not retain refuses one that is
	hungUp    atomic.Bool            // the broker closed it; set before lost is closed
}

// end breaks the connection off; it is made again. The first reason counts.
func (conn *connection) end(reason error) {
	select {
	case conn.useless <- reason:
	default:
	}
}

// NewClient returns a client of the broker at url (mqtt, mqtts, ws or wss) with the given client id. It does nothing yet.
func NewClient(url, id string, o ClientOptions) *Client {
	if o.Keepalive == 0 {
		o.Keepalive = defaultKeepalive
	}
	if o.OnState == nil {
		o.OnState = func(bool, error) {}
	}
	return &Client{url: url, id: id, opts: o, timing: defaultTiming()}
}

// Connect starts the client and waits for the first connection. When ctx ends before, the client is stopped and the reason of
// the last failure returned.
func (c *Client) Connect(ctx context.Context) error {
	first := make(chan error, 1)
	run, stop := context.WithCancel(context.Background())
	c.stop, c.stopped = stop, make(chan struct{})
	report := c.opts.OnState
	var failure error
	go func() {
		defer close(c.stopped)
		c.run(run, func(up bool, err error) {
			if failure = err; up {
				select {
				case first <- nil:
				default:
				}
			}
			report(up, err)
		})
	}()
	select {
	case err := <-first:
		return err
	case <-ctx.Done():
		c.Close()
		return fmt.Errorf("connect to %s: %w", c.url, errors.Join(ctx.Err(), failure))
	}
}

// Close disconnects and stops the client. A client that was closed cannot be used again.
func (c *Client) Close() {
	if c.stop != nil {
		c.stop()
		<-c.stopped
	}
}
