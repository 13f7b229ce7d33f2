package link

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"gateway/internal/access"
	"gateway/internal/bus"
)

// Link joins the bus to one external broker. Make one with [New].
type Link struct {
	cfg       Config
	bus       *bus.Bus
	log       *slog.Logger
	drop      func(reason, source string)
	changed   func()
	detach    func()
	client    *Client
	principal *access.Principal
	in, out   []crossing
	outbox    *outbox
	echoes    *echoes
	rings     *rings
	doubt     doubt       // for who carries out
	plain     atomic.Bool // neither retained nor QoS 2
	foreign   atomic.Bool // the broker was not another gateway's, last time
	acks      chan arrival
	online    chan struct{} // a connection has come up

	received, sent, dropped, droppedQoS0, connects atomic.Uint64

	ringWarning sync.Once

	mu    sync.Mutex
	state State
	since time.Time
	err   error
}

// State says how a link stands.
type State string

// The states of a link.
const (
	Connecting State = "connecting" // nothing has happened yet
	Connected  State = "connected"
	Failed     State = "failed" // not connected; it is tried again
	Stopped    State = "stopped"
)

// Stats are a link's state, and its counters since the start.
type Stats struct {
	Name        string
	State       State
	Since       time.Time // of the state
	LastError   string    // why it is not connected, or was not last time; "" for none
	In          uint64    // messages taken from the broker, echoes left out
	Out         uint64    // messages it has acknowledged
	Dropped     uint64    // messages lost to limits, age or refusal
	DroppedQoS0 uint64    // of these, messages that were to go out with QoS 0
	Reconnects  uint64
	Queued      int       // messages that wait for the broker
	Oldest      time.Time // when the oldest of them came; zero for none
}

// Options are what a Link needs besides its configuration. The zero value works, without surviving a restart.
type Options struct {
	Outboxes OutboxStore // nil keeps what waits for the broker in memory
	Logger   *slog.Logger
	// Drop is told of each message that is lost, with a reason and the link's name. It must neither block nor publish.
	Drop func(reason, source string)
	// Changed is called when the link's state, or the reason why it is not connected, is another one. It must not block.
	Changed func()
}

// New checks the configuration, which it returns every fault of, and returns a link whose outbox takes from now on what is to
// go out. Run carries it.
func New(c Config, b *bus.Bus, o Options) (*Link, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	c.setDefaults()
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Drop == nil {
		o.Drop = func(string, string) {}
	}
	if o.Changed == nil {
		o.Changed = func() {}
	}
	l := &Link{
		cfg: c, bus: b, log: o.Logger.With("link", c.Name), drop: o.Drop, changed: o.Changed,
		principal: &access.Principal{Kind: access.KindSystem, ID: "link:" + c.Name},
		echoes:    newEchoes(), rings: newRings(),
		acks: make(chan arrival, 1024), online: make(chan struct{}, 1),
		state: Connecting, since: time.Now(),
	}
	l.in, l.out = crossings(c.Topics)
	if err := l.makeClient(); err != nil {
		return nil, err
	}
	var err error
	if l.outbox, err = openOutbox(&l.cfg, o.Outboxes, l.outgrown); err != nil {
		return nil, fmt.Errorf("outbox: %w", err)
	}
	l.detach = b.Attach("link:"+c.Name, l.leave)
	return l, nil
}

// makeClient makes the client, with its subscriptions.
func (l *Link) makeClient() error {
	address, err := l.cfg.address()
	if err != nil {
		return err
	}
	if _, err := l.cfg.password(); err != nil {
		return err
	}
	if _, err := l.cfg.tls(); err != nil {
		return err
	}
	o := ClientOptions{
		Username: l.cfg.Username, Password: l.cfg.password, TLS: l.cfg.currentTLS, Keepalive: l.cfg.Keepalive, KeepSession: true,
		Gateway: l.bus.Instance() != "",
	}
	if l.cfg.StatusTopic != "" {
		o.Will = &Will{Topic: l.cfg.StatusTopic, Payload: "offline", QoS: 1, Retain: true}
	}
	l.client = NewClient(address, l.cfg.ClientID, o)
	for _, c := range l.in {
		if err := l.client.subscribe(c.filter, c.qos, l.arrive); err != nil {
			return err
		}
	}
	return nil
}

// Run carries messages until ctx ends, and connects again whenever the connection breaks. It is for one call.
func (l *Link) Run(ctx context.Context) error {
	defer l.detach()
	answering, stopAnswering := context.WithCancel(context.Background()) // as long as messages may arrive
	var group sync.WaitGroup
	group.Go(func() { l.acknowledge(answering) })
	group.Go(func() { l.carryOut(ctx) })
	l.client.run(ctx, l.report)
	stopAnswering()
	group.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.state, l.since = Stopped, time.Now()
	return nil
}

// report is told of each connection and failure. A reason that stays the same is logged once.
func (l *Link) report(up bool, err error) {
	l.mu.Lock()
	before, beforeErr := l.state, l.err
	l.state, l.err = Failed, err
	if up {
		l.state, l.err = Connected, nil
	}
	if l.state != before {
		l.since = time.Now()
	}
	same := l.state == before && textOf(beforeErr) == textOf(err)
	l.mu.Unlock()
	if !same {
		defer l.changed()
	}
	switch {
	case up:
		l.connected()
		select {
		case l.online <- struct{}{}:
		default:
		}
	case !same:
		l.log.Warn("link not connected", "url", l.cfg.URL, "err", err)
	}
}

func textOf(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func (l *Link) connected() {
	l.connects.Add(1)
	log, peer := l.log, ""
	if conn := l.client.connection(); conn != nil {
		peer = conn.peer()
	}
	if peer != "" {
		log = log.With("gateway", peer)
	}
	l.foreign.Store(peer == "")
	log.Info("link connected", "url", l.cfg.URL)
}

// Stats returns the link's state and counters.
func (l *Link) Stats() Stats {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := Stats{
		Name: l.cfg.Name, State: l.state, Since: l.since, In: l.received.Load(), Out: l.sent.Load(),
		Dropped: l.dropped.Load(), DroppedQoS0: l.droppedQoS0.Load(), Queued: l.outbox.len(), Oldest: l.outbox.oldestAt(),
	}
	if n := l.connects.Load(); n > 1 {
		s.Reconnects = n - 1
	}
	if l.err != nil {
		s.LastError = l.err.Error()
	}
	return s
}

// outgrown is told what a queue dropped by itself.
func (l *Link) outgrown(n int, qos byte, reason string) { l.lose("outbox_"+reason, qos, n) }

// lose counts n messages that were to be carried with qos.
func (l *Link) lose(reason string, qos byte, n int) {
	for range n {
		l.dropped.Add(1)
		if qos == 0 {
			l.droppedQoS0.Add(1)
		}
		l.drop(reason, "link:"+l.cfg.Name)
	}
}
