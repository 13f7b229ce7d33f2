// Package app wires the gateway's parts together; it is the only package that imports everything.
package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"gateway/internal/config"
)

// Options say what to serve.
type Options struct {
	Config  *config.Config
	Load    func() (*config.Config, error) // reads Config again, for reloads; nil when it came from no file
	Demo    bool                           // run the simulated devices and their mappings
	Version string                         // shown to people
	Stdout  io.Writer                      // the few lines that say where everything listens
	Stderr  io.Writer                      // logs
	Reload  <-chan struct{}                // each value reloads the mappings

	lines    *logRing // the newest lines of the log
	restored bool     // the data directory holds a backup that has just been restored
}

// Serve runs the gateway until ctx ends, and returns nil when everything has drained. An error is one sentence for a person.
func Serve(ctx context.Context, o Options) error {
	startMemory()
	defer tuneMemory() // should the start fail
	o.lines = &logRing{}
	log := slog.New(slog.NewMultiHandler(newLogger(o.Config.Log, o.Stderr).Handler(), o.lines.handler()))
	for {
		again, err := serveOnce(ctx, o, log)
		if !again || ctx.Err() != nil {
			return err
		}
		if err != nil {
			log.Error("stopping for a restart", "err", err)
		}
	}
}

// serveOnce builds the gateway and runs it until ctx ends, a part fails, or it is to start again.
func serveOnce(ctx context.Context, o Options, log *slog.Logger) (again bool, err error) {
	g, err := buildOn(o, log)
	if err != nil {
		return false, err
	}
	again, err = g.run(ctx)
	stopped := g.close()
	log.Info("stopped", "after", time.Since(g.started).Round(time.Second).String())
	return again, errors.Join(err, stopped)
}

// run serves until ctx ends, a part fails, or the gateway is to start again.
func (g *gateway) run(ctx context.Context) (again bool, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	g.start(func(part string, err error) {
		if err != nil && ctx.Err() == nil {
			cancel(fmt.Errorf("%s: %w", part, err))
		}
	})
	g.ready.Store(true)
	tuneMemory()
	g.banner()
	g.welcome()
	g.background.Go(g.web.Prepare) // so that nobody waits for it
	for {
		select {
		case <-ctx.Done():
			g.ready.Store(false)
			if err := context.Cause(ctx); !errors.Is(err, context.Canceled) {
				return false, err
			}
			return false, nil
		case <-g.again:
			g.ready.Store(false)
			return true, nil
		case <-g.options.Reload:
			g.reload()
		}
	}
}

// start runs what serves in the background; failed is told when a part ends by itself. Links, demo and the like work until
// stopWork: the edges stop before them.
func (g *gateway) start(failed func(part string, err error)) {
	ctx, cancel := context.WithCancel(context.Background())
	g.stopWork = cancel
	g.background.Go(func() { settle(ctx) })
	g.background.Go(func() { g.live.run(ctx) })
	g.background.Go(func() { failed("identity", g.identity.Run(ctx)) })
	for _, l := range g.listeners {
		g.background.Go(func() { failed(l.key, g.serveHTTP(l)) })
	}
	g.background.Go(g.serveControl)
	if err := g.broker.Start(); err != nil {
		failed("mqtt", err)
	}
	g.links.start(ctx, failed)
	g.background.Go(func() { g.health.run(ctx) })
	g.background.Go(func() { g.devices.run(ctx) })
	g.background.Go(func() { g.boards.Run(ctx) })
	g.background.Go(func() { g.flash.service.Run(ctx) })
	if g.options.Demo {
		g.background.Go(func() { failed("demo", g.runDemo(ctx)) })
	}
}

func newLogger(c config.Log, w io.Writer) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(c.Level)) // checked by config; the zero level is info
	o := &slog.HandlerOptions{Level: level}
	if c.Format == "json" || c.Format == "auto" && !isTerminal(w) {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}
