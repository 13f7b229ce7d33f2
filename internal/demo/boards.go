package demo

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"time"

	"golang.org/x/sync/errgroup"
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
	s := o.socket("button", buttonNamespace, func(heard) {})
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return s.run(ctx) })
	group.Go(func() error {
		pressNowAndThen(ctx, func(p press) { _ = s.emit(ctx, "press", p) }) // offline, nobody hears it
		return nil
	})
	return group.Wait()
}

func pressNowAndThen(ctx context.Context, send func(press)) {
	for p := (press{}); ; send(p) {
		select {
		case <-ctx.Done():
			return
		case <-time.After(pressAtLeast + rand.N(pressAtMost-pressAtLeast)):
			p.Count++
		}
	}
}

// lamp listens for alerts and acknowledgements, and reports its LED.
func (o Options) lamp(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	happened := make(chan occurrence)
	s := o.socket("lamp", lampNamespace, func(e heard) {
		select {
		case happened <- occur(e):
		case <-ctx.Done():
		}
	})
	group.Go(func() error { return s.run(ctx) })
	group.Go(func() error {
		return (&lamp{}).run(ctx, happened, func(ctx context.Context, l led) error { return s.emit(ctx, "led", l) })
	})
	return group.Wait()
}

// occur reads an event as (payload, meta). Where there is no meta the second argument may be anything, or missing.
func occur(e heard) occurrence {
	o := occurrence{name: e.name, payload: json.RawMessage("null")}
	if len(e.args) > 0 {
		o.payload = e.args[0]
	}
	var meta struct {
		Seq      uint64 `json:"seq"`
		Replayed bool   `json:"replayed"`
	}
	if len(e.args) > 1 && json.Unmarshal(e.args[1], &meta) == nil {
		o.seq, o.replayed = meta.Seq, meta.Replayed
	}
	return o
}
