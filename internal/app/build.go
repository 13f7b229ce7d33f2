package app

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/term"

	"gateway/internal/api"
	"gateway/internal/auth"
	"gateway/internal/bridge"
	"gateway/internal/broker"
	"gateway/internal/bus"
	"gateway/internal/config"
	"gateway/internal/device"
	"gateway/internal/link"
	"gateway/internal/rules"
	"gateway/internal/sio"
	"gateway/internal/trace"
	"gateway/pkg/store"
)

// gateway holds the parts of one running gateway.
type gateway struct {
	options Options
	config  *config.Config
	log     *slog.Logger
	started time.Time
	ready   atomic.Bool
	again   chan struct{} // asks for a restart in this process

	store    *store.Store
	settings *settings
	identity *auth.Service
	bus      *bus.Bus
	drops    *trace.Drops
	surface  *sio.Surface
	bridge   *bridge.Bridge
	rules    *rules.Service
	broker   *broker.Broker
	links    *links
	health   *health
	devices  *devices
	boards   *device.Service
	flash    *flashing
	live     *live

	web         *api.Handler
	http        *http.Server
	listeners   []listener
	control     net.Listener // nil where there are no sockets
	controlHTTP *http.Server
	background  sync.WaitGroup
	stopWork    context.CancelFunc // ends links, demo and the like

	mu       sync.Mutex
	problems []string // mappings that do not stand
}

type listener struct {
	net.Listener
	key string // the config key it came from
	tls bool
}

// build makes every part and binds every port, leaf to root; what fails undoes what stands.
func build(o Options, log *slog.Logger) (_ *gateway, err error) {
	g := &gateway{options: o, config: o.Config, log: log, again: make(chan struct{}, 1), started: time.Now(), drops: trace.NewDrops(log)}
	defer func() {
		if err != nil {
			g.abandon()
		}
	}()
	for _, step := range []func() error{
		g.openStore, g.makeSettings, g.makeIdentity, g.makeBus, g.makeSurface, g.makeBroker, g.makeLinks, g.loadMappings, g.makeHealth, g.makeDevices, g.makeBoards, g.makeFlash, g.makeLive, g.loadRecovery, g.listenHTTP, g.listenControl,
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return g, nil
}

func (g *gateway) openStore() (err error) {
	s := g.config.State
	g.store, err = store.Open(g.config.DataDir, store.Options{
		FlushInterval: s.FlushInterval, CheckpointInterval: s.CheckpointInterval,
		MaxTopics: s.MaxTopics, MaxBytes: s.MaxBytes, Logger: g.log,
	})
	return err
}

func (g *gateway) makeBus() error {
	instance, err := g.instance()
	if err != nil {
		return err
	}
	g.bus = bus.New(bus.Options{
		Values: values{g.store}, LastSeq: g.store.MaxSeq(), Exclude: g.config.State.Exclude,
		MaxPayload: int(max(g.config.MQTT.MaxPacket, g.config.SocketIO.MaxPayload)),
		Instance:   instance, Returned: link.NewReturns(g.log, g.dropFrom("link")).Note,
	})
	return nil
}

func (g *gateway) makeSurface() error {
	c := g.config.SocketIO
	g.surface = sio.New(sio.Options{
		Path: c.Path, PingInterval: c.PingInterval, PingTimeout: c.PingTimeout,
		MaxPayload: c.MaxPayload, MaxQueue: int(c.MaxQueue), Linger: c.Linger, Recovery: c.Recovery,
		Identify: g.identity.Identify, Token: g.identity.ParseToken, Current: g.current, AllowOrigin: g.origins().Allow,
		Drops: g.drops, Logger: g.log,
	}, g.bus)
	g.bridge = bridge.New(g.bus, g.surface, g.drops)
	g.surface.Serve(g.bridge)
	return nil
}

// abandon closes what build had opened before it failed.
func (g *gateway) abandon() {
	for _, l := range g.listeners {
		l.Close()
	}
	if g.control != nil {
		g.control.Close()
	}
	if g.broker != nil {
		_ = g.broker.Close(context.Background()) // it has no clients yet; the first error is the one to report
	}
	if g.store != nil {
		_ = g.store.Close()
	}
}

// dropFrom is how an adapter tells that it dropped something.
func (g *gateway) dropFrom(where string) func(reason, source string) {
	return func(reason, source string) { g.drops.Add(trace.Key{Where: where, Reason: reason}, source, "") }
}

func isTerminal(w any) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
