package app

import (
	"context"

	"gateway/internal/demo"
)

// runDemo runs the simulated devices as real clients of this gateway.
func (g *gateway) runDemo(ctx context.Context) error {
	a := g.addresses()
	return demo.Run(ctx, demo.Options{
		MQTTAddr: local(a["mqtt"]), HTTPURL: "http://" + local(a["http"]) + g.config.HTTP.BasePath, Logger: g.log,
	})
}
