package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"syscall"
	"time"

	"gateway/internal/api"
	"gateway/web"
)

// The limits of a request that has not yet shown what it wants. Websockets leave them behind when they are hijacked.
const (
	headerTimeout = 10 * time.Second
	idleTimeout   = 60 * time.Second
	maxHeader     = 16 << 10
)

func (g *gateway) listenHTTP() error {
	c := g.config.HTTP
	certificate, err := g.tlsConfig(c.TLSListen != "")
	if err != nil {
		return err
	}
	if err := g.listen("http.listen", c.Listen, nil); err != nil {
		return err
	}
	if err := g.listen("http.tls_listen", c.TLSListen, certificate); err != nil {
		return err
	}
	g.web = g.handler()
	g.http = &http.Server{
		Handler: g.web, ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader,
		ConnState: newConnections(maxHTTPConnections, g.drops).state,
		ErrorLog:  slog.NewLogLogger(g.log.Handler(), slog.LevelDebug), // clients that break off are no news
	}
	return nil
}

func (g *gateway) listen(key, addr string, certificate *tls.Config) error {
	if addr == "" {
		return nil
	}
	l, err := net.Listen("tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("%s: %s is already in use by another program; stop that one or choose another port", key, addr)
	}
	if err != nil {
		return fmt.Errorf("%s: cannot listen on %s: %w", key, addr, err)
	}
	if certificate != nil {
		l = tls.NewListener(l, certificate)
	}
	g.listeners = append(g.listeners, listener{l, key, certificate != nil})
	return nil
}

// handler is everything that is served over HTTP.
func (g *gateway) handler() *api.Handler {
	return api.New(api.Options{
		Bus: g.bus, Identify: g.identity.Identify, Origins: g.origins(), Hosts: g.hosts(), Proxies: g.proxies(),
		MaxPayload: g.config.MQTT.MaxPacket, BasePath: g.config.HTTP.BasePath,
		SocketIO: g.surface, SocketPath: g.config.SocketIO.Path,
		Page: web.Handler(), Info: g.info, Metrics: api.Metrics(g.collect), Ready: g.readiness,
		Identity: g.identity, FirstRun: &firstRun{gateway: g}, Settings: g.settings, Health: g.health.now, Links: g.links, Backups: &backups{g: g}, Devices: g.devices, Boards: g.boards, Flash: g.flash, Support: g.support, Licenses: g.licenses, Tracer: tracer{g},
		Mappings: g.rules, TellDryrun: g.tellDryRun,
		Drops: g.drops, Logger: g.log, Version: g.options.Version,
	})
}

// serveHTTP serves one listener until the server is closed.
func (g *gateway) serveHTTP(l listener) error {
	if err := g.http.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// closeHTTP lets requests end, and cuts those that do not.
func (g *gateway) closeHTTP(ctx context.Context) error {
	if err := g.http.Shutdown(ctx); err != nil {
		return errors.Join(err, g.http.Close())
	}
	return nil
}

func (g *gateway) readiness() error {
	if !g.ready.Load() {
		return errors.New("the gateway is starting or stopping")
	}
	if err := g.store.Stats().LastError; err != nil {
		return fmt.Errorf("the last write to the data directory failed: %w", err)
	}
	return nil
}
