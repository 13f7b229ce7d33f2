package demo

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"time"

	"gateway/pkg/socketio/client"
)

const (
	buttonNamespace = "/demo/button"
	pressAtLeast    = 10 * time.Second
	pressAtMost     = 30 * time.Second
)

// press is what the button sends.
type press struct {
	Count int `json:"count"` // since the start
}

// button is pressed every now and then.
func (o Options) button(ctx context.Context) error {
	p := press{}
	return o.inNamespace(ctx, buttonNamespace, func(context.Context, *client.Client) {}, func(ctx context.Context, c *client.Client) {
		for {
			select {
			case <-ctx.Done():
				return
			case <-time.After(pressAtLeast + rand.N(pressAtMost-pressAtLeast)):
				p.Count++
				_ = c.Emit("press", p) // offline, nobody hears it
			}
		}
	})
}

// lamp listens for alerts and acknowledgements, and reports its LED.
func (o Options) lamp(ctx context.Context) error {
	l, happened := &lamp{}, make(chan occurrence)
	return o.inNamespace(ctx, lampNamespace, func(ctx context.Context, c *client.Client) {
		hear := func(o occurrence) {
			select {
			case happened <- o:
			case <-ctx.Done():
			}
		}
		c.OnConnect(func() { hear(occurrence{name: "connect"}) })
		for _, name := range []string{"alert", "acknowledge"} {
			c.On(name, func(_ context.Context, e *client.Event) { hear(occur(e.Name, e.Args)) })
		}
	}, func(ctx context.Context, c *client.Client) {
		l.run(ctx, happened, func(shown led) error { return c.Emit("led", shown) })
	})
}

// occur reads an event as (payload, meta). Where there is no meta the second argument may be anything, or missing.
func occur(name string, args []client.Arg) occurrence {
	o := occurrence{name: name, payload: json.RawMessage("null")}
	if len(args) > 0 && args[0].JSON != nil {
		o.payload = args[0].JSON
	}
	var meta struct {
		Seq      uint64 `json:"seq"`
		Replayed bool   `json:"replayed"`
	}
	if len(args) > 1 && json.Unmarshal(args[1].JSON, &meta) == nil {
		o.seq, o.replayed = meta.Seq, meta.Replayed
	}
	return o
}
