package demo

import (
	"context"
	"log/slog"

	"golang.org/x/sync/errgroup"
)

// Options say where the gateway is.
type Options struct {
	MQTTAddr string       // host:port of its MQTT listener; empty leaves out the devices that speak MQTT
	HTTPURL  string       // its base URL with a slash at the end, as in http://localhost:8090/
	Logger   *slog.Logger // hears of connections that come and go, at level debug; nil means slog.Default()
}

// Run runs the devices until ctx ends, and then returns nil. They connect by themselves, as often as it takes.
func Run(ctx context.Context, o Options) error {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	devices := []func(context.Context) error{o.lamp, o.button}
	if o.MQTTAddr != "" {
		devices = append(devices, o.thermometer, o.plug)
	}
	group, ctx := errgroup.WithContext(ctx)
	for _, device := range devices {
		group.Go(func() error { return device(ctx) })
	}
	return group.Wait()
}
