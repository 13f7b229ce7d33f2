package demo

import (
	"context"
	"encoding/json"
	"math"
	"math/rand/v2"
	"strings"
	"time"
)

// The topics of a plug with the Tasmota firmware, named "plug".
const (
	plugCommand = "cmnd/plug/POWER"
	plugResult  = "stat/plug/RESULT"
	plugState   = "stat/plug/POWER"
	plugSensor  = "tele/plug/SENSOR"
	plugEvery   = 5 * time.Second
)

// plug has a lamp of about 43 W in it.
type plug struct {
	on     bool
	kwh    float64 // used today
	day    int     // day of the year that kwh counts
	last   time.Time
	random func() float64 // in [0, 1)
}

func newPlug() *plug { return &plug{on: true, kwh: 0.412, random: rand.Float64} }

// command obeys ON, OFF, TOGGLE and their digits, in either case; anything else, also nothing, only asks. It returns the
// state: ON or OFF.
func (p *plug) command(word string) string {
	switch strings.ToUpper(strings.TrimSpace(word)) {
	case "ON", "1":
		p.on = true
	case "OFF", "0":
		p.on = false
	case "TOGGLE", "2":
		p.on = !p.on
	}
	return p.state()
}

func (p *plug) state() string {
	if p.on {
		return "ON"
	}
	return "OFF"
}

// energy is what Tasmota reports under ENERGY, as far as the demo uses it: kWh, W, V, A.
type energy struct {
	Today   float64
	Power   float64
	Voltage float64
	Current float64
}

// measure is the report at a moment; it adds up the energy since the one before.
func (p *plug) measure(now time.Time) energy {
	const volts = 230
	watts := 0.0
	if p.on {
		watts = 42 + 3*p.random()
	}
	if day := now.YearDay(); p.day != day {
		if p.day != 0 {
			p.kwh = 0
		}
		p.day = day
	}
	if !p.last.IsZero() {
		p.kwh += watts * now.Sub(p.last).Hours() / 1000
	}
	p.last = now
	return energy{round(p.kwh, 1000), round(watts, 10), volts, round(watts/volts, 1000)}
}

func round(v, steps float64) float64 { return math.Round(v*steps) / steps }

// run reports every five seconds and after each command, and answers commands, until ctx ends.
func (p *plug) run(ctx context.Context, to publisher, commands <-chan string) error {
	ticker := time.NewTicker(plugEvery)
	defer ticker.Stop()
	say := func(topic string, payload []byte) { _ = to.Publish(ctx, topic, payload, 0, false) }
	say(plugState, []byte(p.state()))
	for {
		say(plugSensor, report(time.Now(), p.measure(time.Now())))
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		case word := <-commands:
			state := p.command(word)
			say(plugResult, []byte(`{"POWER":"`+state+`"}`))
			say(plugState, []byte(state))
		}
	}
}

// report is the JSON of tele/plug/SENSOR.
func report(now time.Time, e energy) []byte {
	body, _ := json.Marshal(struct { // these types cannot fail
		Time   string
		ENERGY energy
	}{now.Format("2006-01-02T15:04:05"), e})
	return body
}
