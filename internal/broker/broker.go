package broker

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"log/slog"
	"sync"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"

	"gateway/internal/bus"
)

const (
	maxAliases = 64         // MQTT 5 topic aliases a client may use
	maxSession = 7 * 86_400 // seconds a session is kept after its client left
)

// Broker is the embedded MQTT broker. Make one with [New].
type Broker struct {
	opts       Options
	bus        *bus.Bus
	log        *slog.Logger
	server     *mqtt.Server
	listeners  []*listener
	detach     func()
	routes     routes
	retained   *retained
	wills      wills
	count      counters
	publishers sync.Map // *access.Principal -> *publisher, the principal being the connection's own copy
	scratch    *sync.Pool
	clock      *clock
	disk       *disk // the broker's own; nil without a store
	seed       maphash.Seed
	making     [16]sync.Mutex // by client id: who makes or ends its session

	mu       sync.RWMutex
	sessions map[string]*session

	gate    sync.Mutex
	closing bool // no connection is taken any more
	conns   map[*conn]struct{}

	ctx     context.Context // ends when the broker has closed
	stop    context.CancelFunc
	started bool
	running sync.WaitGroup
}

// New binds the listeners and loads what earlier runs have left. From then on the bus's messages are queued for sessions:
// others may serve before the broker does, and acknowledge what they publish. It serves once [Broker.Start] was called.
func New(o Options, to *bus.Bus) (*Broker, error) {
	o.setDefaults()
	b := &Broker{
		opts: o, bus: to, log: o.Logger, sessions: map[string]*session{}, conns: map[*conn]struct{}{}, scratch: newScratch(),
		clock: newClock(o.Now), seed: maphash.MakeSeed(),
	}
	b.ctx, b.stop = context.WithCancel(context.Background())
	b.retained = newRetained(o.Retained, b.clock, o.MaxRetained, o.Logger)
	if err := b.load(); err != nil {
		b.abandonTimers()
		return nil, err
	}
	b.server = mqtt.New(&mqtt.Options{
		Capabilities: capabilities(o),
		// mochi logs whole packets, payload included, at levels a hostile client can reach.
		Logger: slog.New(slog.DiscardHandler),
		// Its own $SYS goes around our sessions: it is published once, and taken back in Start.
		SysTopicResendInterval: 365 * 86_400,
	})
	if err := b.server.AddHook(&hook{b: b}, nil); err != nil {
		return nil, fmt.Errorf("hook into the broker: %w", err)
	}
	if err := b.listen(); err != nil {
		b.abandonTimers()
		b.closeListeners()
		return nil, err
	}
	b.detach = to.Attach("broker", b.receive)
	return b, nil
}

// load brings back what earlier runs have left.
func (b *Broker) load() error {
	if err := b.restore(); err != nil {
		return err
	}
	b.retained.disk = b.disk
	if err := b.retained.load(); err != nil {
		return fmt.Errorf("load retained messages: %w", err)
	}
	return nil
}

// capabilities are mochi's limits. Its message expiry would delete retained messages after a day; its queue of pending writes
// is not used, and would be allocated for each client.
func capabilities(o Options) *mqtt.Capabilities {
	c := mqtt.NewDefaultServerCapabilities()
	c.MaximumClients = int64(o.MaxConnections)
	c.MaximumPacketSize = o.MaxPacket
	c.MaximumMessageExpiryInterval = 0
	c.MaximumClientWritesPending = 1
	c.MaximumSessionExpiryInterval = maxSession
	c.MaximumInflight = o.MaxInflight
	c.ReceiveMaximum = o.MaxInflight
	c.TopicAliasMaximum = maxAliases
	c.Compatibilities = mqtt.Compatibilities{PassiveClientDisconnect: false, NoInheritedPropertiesOnAck: true}
	return c
}

// Start serves until [Broker.Close].
func (b *Broker) Start() error {
	b.started = true
	for _, l := range b.listeners {
		if err := b.server.AddListener(l); err != nil {
			return fmt.Errorf("listener %s: %w", l.id, err)
		}
	}
	if err := b.server.Serve(); err != nil {
		return fmt.Errorf("start the broker: %w", err)
	}
	for topic := range b.server.Topics.Retained.GetAll() {
		b.server.Topics.RetainMessage(packets.Packet{TopicName: topic})
	}
	b.running.Go(func() { b.publishStatus(b.ctx) })
	b.running.Go(func() { b.retained.run(b.ctx) })
	b.running.Go(func() { b.keepClock(b.ctx) })
	for _, l := range b.listeners {
		close(l.open)
	}
	return nil
}

// Close stops listening, tells every client to go, and publishes what their wills say. It returns early when ctx ends. What
// the bus takes later is still queued for sessions on disk, as long as their store is open: others may close after the
// broker, and acknowledge what they publish until then.
func (b *Broker) Close(ctx context.Context) error {
	if !b.started {
		b.detach()
		b.abandonTimers()
		b.closeListeners()
		return nil
	}
	b.gate.Lock()
	b.closing = true
	b.gate.Unlock()
	done := make(chan error, 1)
	go func() {
		b.disconnectAll()
		err := b.server.Close()
		b.wills.stop(b.publishWill, b.willOnDisk)
		if b.opts.Sessions == nil {
			b.detach()
		}
		b.abandonTimers()
		b.bus.Barrier(func(uint64) {}) // who has not heard of that yet is through
		b.running.Wait()
		done <- errors.Join(err, b.retained.flush(), b.stopClock(ctx))
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return fmt.Errorf("close the broker: %w", ctx.Err())
	}
}

// Addrs returns the address of each listener by its name, with the port that was given for port 0.
func (b *Broker) Addrs() map[string]string {
	addrs := map[string]string{}
	for _, l := range b.listeners {
		addrs[l.id] = l.Address()
	}
	return addrs
}

func (b *Broker) dropped(reason, source string) {
	b.count.dropped.Add(1)
	b.opts.Drop(reason, source)
}
