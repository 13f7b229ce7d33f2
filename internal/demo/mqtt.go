package demo

import (
	"context"

	"gateway/internal/fault"
	"gateway/internal/link"
)

// mqttClient returns a client of the gateway under the id demo-name. A device that is refused is worth one warning, since only
// a change of the configuration will let it in; all else is for who looks closely.
func (o Options) mqttClient(name string) *link.Client {
	log, warned := o.Logger.With("device", name), false
	return link.NewClient("mqtt://"+o.MQTTAddr, "demo-"+name, link.ClientOptions{
		OnState: func(up bool, err error) {
			switch {
			case up:
				log.Debug("demo device connected")
			case fault.CodeOf(err) == fault.Denied && !warned:
				warned = true
				log.Warn("the gateway does not let the demo's devices in; see auth.anonymous", "error", err)
			default:
				log.Debug("demo device has no connection", "error", err)
			}
		},
	})
}

// connected runs a device once its client has a connection, and closes the client afterwards. The client keeps on trying, so
// the only way to fail is the end of ctx, which is no failure.
func connected(ctx context.Context, c *link.Client, device func() error) error {
	if c.Connect(ctx) != nil {
		return nil
	}
	defer c.Close()
	return device()
}

func (o Options) thermometer(ctx context.Context) error {
	c := o.mqttClient("thermometer")
	return connected(ctx, c, func() error { return newThermometer().run(ctx, c) })
}

func (o Options) plug(ctx context.Context) error {
	c := o.mqttClient("plug")
	commands := make(chan string, 16)
	err := c.Subscribe(plugCommand, 1, func(_ string, payload []byte, _ bool) {
		select {
		case commands <- string(payload):
		default: // a plug that is flooded misses commands
		}
	})
	if err != nil {
		return err
	}
	return connected(ctx, c, func() error { return newPlug().run(ctx, c, commands) })
}
