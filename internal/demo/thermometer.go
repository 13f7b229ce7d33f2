package demo

import (
	"context"
	"math/rand/v2"
	"strconv"
	"time"
)

const (
	temperatureTopic = "home/kitchen/temp"
	temperatureEvery = 2 * time.Second
)

// publisher is what a device needs of its MQTT connection to be heard.
type publisher interface {
	Publish(ctx context.Context, topic string, payload []byte, qos byte, retain bool) error
}

// thermometer wanders about room temperature.
type thermometer struct {
	celsius float64
	random  func() float64 // in [0, 1)
}

func newThermometer() *thermometer { return &thermometer{celsius: 21, random: rand.Float64} }

// next is the reading after this one: a small step, drawn back toward 21.5 degrees.
func (t *thermometer) next() float64 {
	t.celsius += (t.random()-0.5)*0.3 + (21.5-t.celsius)*0.02
	return t.celsius
}

// run publishes a reading now and every two seconds until ctx ends. A reading that cannot be sent is lost, as with any
// thermometer; the connection heals by itself.
func (t *thermometer) run(ctx context.Context, to publisher) error {
	return every(ctx, temperatureEvery, func() {
		reading := strconv.AppendFloat(nil, t.next(), 'f', 1, 64)
		_ = to.Publish(ctx, temperatureTopic, reading, 0, false)
	})
}

// every calls f now and then once per interval, until ctx ends; it returns nil.
func every(ctx context.Context, interval time.Duration, f func()) error {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		f()
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}
