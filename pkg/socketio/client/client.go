package client

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
	"sync"
	"time"

	"gateway/pkg/socketio/parser"
)

// Arg is one argument of an event or of an acknowledgement.
type Arg = parser.Arg

// Client is a client in one namespace. Its functions run one after the other,
// on a goroutine of its own; they may wait, for [Client.Call] too.
type Client struct {
	url    string
	o      Options
	ctx    context.Context
	cancel context.CancelFunc
	jobs   chan func()
	done   chan struct{}

	mu       sync.Mutex
	running  bool
	session  *session // nil while not connected
	handlers map[string][]func(ctx context.Context, e *Event)
	onConn   []func()
	onLost   []func(error)
	calls    map[uint64]chan []Arg
	lastCall uint64
}

// waitingJobs is how many events may wait for their functions before reading pauses.
const waitingJobs = 256

// New returns a client for a server's address, as "http://host:8090" or
// "wss://host/socket.io/?token=x"; the path is "/socket.io/" if there is none. It
// does nothing until [Client.Start], so that functions can be set before.
func New(address string, o Options) (*Client, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("socketio client: address: %w", err)
	}
	switch u.Scheme {
	case "http", "https", "ws", "wss":
	default:
		return nil, fmt.Errorf("socketio client: address %q: scheme is not http, https, ws or wss", address)
	}
	if u.Path == "" || u.Path == "/" {
		u.Path = "/socket.io/"
	}
	q := u.Query()
	q.Set("EIO", "4")
	q.Set("transport", "websocket")
	u.RawQuery = q.Encode()
	o = o.withDefaults()
	if !strings.HasPrefix(o.Namespace, "/") || strings.ContainsAny(o.Namespace, ",?") {
		return nil, fmt.Errorf("socketio client: namespace %q does not begin with a slash, or has a comma or question mark", o.Namespace)
	}
	c := &Client{
		url: u.String(), o: o,
		jobs: make(chan func(), waitingJobs), done: make(chan struct{}),
		handlers: make(map[string][]func(context.Context, *Event)), calls: make(map[uint64]chan []Arg),
	}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	return c, nil
}

// Dial connects, and returns when the server has let the client in; the
// error may be a [*ConnectError]. The context is for that only. End the client with [Client.Close].
func Dial(ctx context.Context, address string, o Options) (*Client, error) {
	c, err := New(address, o)
	if err != nil {
		return nil, err
	}
	s, err := c.open(ctx)
	if err != nil {
		c.cancel()
		return nil, err
	}
	c.run(s)
	return c, nil
}

// Start connects in the background, for as long as it takes.
func (c *Client) Start() { c.run(nil) }

// run starts the client's goroutines; s is the first session, if there is one.
func (c *Client) run(s *session) {
	c.mu.Lock()
	c.session, c.running = s, true
	c.mu.Unlock()
	var wg sync.WaitGroup
	wg.Go(c.work)
	wg.Go(func() {
		defer c.cancel()
		c.keep(s)
	})
	go func() {
		wg.Wait()
		close(c.done)
	}()
}

// work runs the client's functions.
func (c *Client) work() {
	for {
		select {
		case job := <-c.jobs:
			job()
		case <-c.ctx.Done():
			return
		}
	}
}

// do queues a function; it waits while too many do.
func (c *Client) do(job func()) {
	select {
	case c.jobs <- job:
	case <-c.ctx.Done():
	}
}

// keep stays connected until the client is closed, or is not wanted.
func (c *Client) keep(s *session) {
	wait := c.o.MinBackoff
	for s != nil || c.ctx.Err() == nil {
		var err error
		if s == nil {
			s, err = c.open(c.ctx)
		}
		if s != nil {
			wait = c.o.MinBackoff
			err = c.serve(s)
			s = nil
		}
		if c.o.NoReconnect || errors.Is(err, ErrDisconnected) {
			return
		}
		c.o.Logger.Debug("not connected", "url", c.url, "err", err, "retry_in", wait)
		c.pause(wait/2 + rand.N(wait))
		wait = min(2*wait, c.o.MaxBackoff)
	}
}

func (c *Client) pause(d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-c.ctx.Done():
	}
}

// serve reads a session until it ends, and returns why.
func (c *Client) serve(s *session) error {
	c.mu.Lock()
	var connected []func()
	if c.session != s { // else Dial has set it, when there were no functions yet
		c.session, connected = s, c.onConn
	}
	c.mu.Unlock()
	for _, fn := range connected {
		c.do(fn)
	}
	err := s.read(c.ctx, c.receive)
	s.close()
	c.mu.Lock()
	c.session = nil
	lost := c.onLost
	for id, ch := range c.calls {
		close(ch)
		delete(c.calls, id)
	}
	c.mu.Unlock()
	for _, fn := range lost {
		c.do(func() { fn(err) })
	}
	return err
}

// Close disconnects and waits until the client's functions have returned. It
// must not be called by one of them.
func (c *Client) Close() error {
	c.mu.Lock()
	s, running := c.session, c.running
	c.mu.Unlock()
	if s != nil {
		s.leave()
	}
	c.cancel()
	if running {
		<-c.done
	}
	return nil
}

// Done is closed when the client has ended: by Close, by the server taking
// it out of the namespace, or with its connection if [Options.NoReconnect].
func (c *Client) Done() <-chan struct{} { return c.done }

// Connected reports whether the client is in its namespace now.
func (c *Client) Connected() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.session != nil
}

// ID returns the socket's id, which changes with each connection; "" while there is none.
func (c *Client) ID() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.session == nil {
		return ""
	}
	return c.session.id
}

// OnConnect calls fn after each connect; at once if the client is connected.
func (c *Client) OnConnect(fn func()) {
	c.mu.Lock()
	c.onConn = append(c.onConn[:len(c.onConn):len(c.onConn)], fn)
	now := c.session != nil
	c.mu.Unlock()
	if now {
		c.do(fn)
	}
}

// OnDisconnect calls fn with the cause after each loss of the connection.
func (c *Client) OnDisconnect(fn func(err error)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.onLost = append(c.onLost[:len(c.onLost):len(c.onLost)], fn)
}
