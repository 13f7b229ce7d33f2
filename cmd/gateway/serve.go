package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"gateway/internal/app"
	"gateway/internal/config"
)

const serveHelp = `Runs the gateway until it is told to stop (SIGTERM, or Ctrl-C): clients are told,
queues are drained and the state is written, within five seconds. A second
signal ends it at once. SIGHUP reads the mappings of the config file again.

Without a config file the defaults apply: the web UI, REST and socket.io on port
8090, MQTT on 1883 and MQTT over websocket on 8083. Every key of the file can be
set by the environment too, as GATEWAY_HTTP_LISTEN for http.listen.`

const serveExample = `  gateway serve --demo
  gateway serve --config /etc/gateway/config.toml --data /var/lib/gateway`

func newServe() *cobra.Command {
	var demo bool
	cmd := &cobra.Command{
		Use:     "serve [--config FILE] [--data DIR]",
		Short:   "Run the gateway",
		Long:    serveHelp,
		Example: serveExample,
		Args:    named(),
	}
	s := configFlag(cmd)
	s.keyFlags(cmd, "data", "listen", "log-level")
	cmd.Flags().BoolVar(&demo, "demo", false, "add simulated devices, with mappings for them")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		c, err := s.load(cmd, config.Load)
		if err != nil {
			return err
		}
		o := app.Options{Config: c, Demo: demo}
		if c.File != "" {
			o.Load = func() (*config.Config, error) {
				again, _, err := config.Load(c.File, s.flags(cmd), os.Environ())
				return again, err
			}
		}
		return serve(cmd, o)
	}
	return cmd
}

// serve runs the app until SIGTERM or SIGINT.
func serve(cmd *cobra.Command, o app.Options) error {
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // from then on a signal ends the process as if nobody listened
	reload, stopReload := hangups(ctx)
	defer stopReload()
	o.Version = buildInfo().Version
	o.Stdout, o.Stderr = cmd.OutOrStdout(), cmd.ErrOrStderr()
	o.Reload = reload
	return app.Serve(ctx, o)
}

// hangups turns each SIGHUP into a value; several that come while one is not yet taken are one.
func hangups(ctx context.Context) (<-chan struct{}, func()) {
	signals := make(chan os.Signal, 1)
	reload := make(chan struct{})
	signal.Notify(signals, syscall.SIGHUP)
	go func() {
		for {
			select {
			case <-ctx.Done():
				return
			case <-signals:
			}
			select {
			case <-ctx.Done():
				return
			case reload <- struct{}{}:
			}
		}
	}()
	return reload, func() { signal.Stop(signals) }
}
