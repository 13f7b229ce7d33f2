package app

import (
	"context"
	"log/slog"
	"math"
	"net/http"

	"gateway/internal/api"
	"gateway/internal/auth"
	"gateway/internal/control"
	"gateway/internal/device"
	"gateway/internal/trace"
	"gateway/pkg/store"
)

// listenControl makes the control socket. Without it, on a file system that has no sockets, the command line has to wait until
// the gateway is stopped.
func (g *gateway) listenControl() error {
	l, err := control.Listen(g.config.DataDir)
	if err != nil {
		g.log.Warn("gateway user, token, setup-code and backup will not reach this gateway", "err", err)
		return nil
	}
	g.control = l
	g.controlHTTP = &http.Server{
		Handler: control.Handler(g.http.Handler, g.config.HTTP.BasePath), ReadHeaderTimeout: headerTimeout,
		ErrorLog: slog.NewLogLogger(g.log.Handler(), slog.LevelDebug),
	}
	return nil
}

// serveControl serves the control socket until it is closed. Without it the gateway goes on.
func (g *gateway) serveControl() {
	if g.control != nil {
		_ = g.controlHTTP.Serve(g.control)
	}
}

// closeControl lets what the command line has asked end.
func (g *gateway) closeControl(ctx context.Context) error {
	if g.control == nil {
		return nil
	}
	return g.controlHTTP.Shutdown(ctx)
}

// Offline is the part of the API that needs no running gateway, on the data directory of one that is stopped: users, tokens and boards.
// The caller calls the returned function when done.
func Offline(dir string) (*control.Client, func() error, error) {
	log := slog.New(slog.DiscardHandler)
	s, err := store.Open(dir, store.Options{MaxTopics: math.MaxInt, MaxBytes: math.MaxInt64, Logger: log})
	if err != nil {
		return nil, nil, err
	}
	identity, err := auth.New(auth.Options{Records: s, Policy: auth.Policy{Anonymous: auth.Never}, Logger: log})
	if err != nil {
		_ = s.Close()
		return nil, nil, err
	}
	boards, err := device.New(device.Options{Records: s, Taken: identity.Knows, Logger: log})
	if err != nil {
		_ = s.Close()
		return nil, nil, err
	}
	h := api.New(api.Options{
		Identity: identity, Boards: boards, Identify: identity.Identify, BasePath: "/", SocketPath: "/socket.io/", SocketIO: http.NotFoundHandler(),
		Page: http.NotFoundHandler(), Metrics: http.NotFoundHandler(), Drops: trace.NewDrops(log), Logger: log,
	})
	return control.Direct(h), s.Close, nil
}
