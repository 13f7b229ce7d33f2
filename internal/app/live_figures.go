package app

import (
	"bytes"
	"os"
	"runtime/metrics"
	"strconv"

	"gateway/internal/bus"
)

// series are what rates are made of.
const (
	mqttIn = iota
	mqttOut
	socketioIn
	socketioOut
	linkIn
	linkOut
	httpIn
	dropped
	nSeries
)

func seriesNames() [nSeries]string {
	return [nSeries]string{"mqtt_in", "mqtt_out", "socketio_in", "socketio_out", "link_in", "link_out", "http_in", "dropped"}
}

// figures are counters since the start.
type figures struct {
	count       [nSeries]uint64
	mqtt        int // clients that are connected
	connections int // of socket.io
}

func (g *gateway) figures() figures {
	mqtt, in := g.broker.Stats(), g.bus.Stats().In
	f := figures{mqtt: mqtt.Connections, connections: g.surface.Stats().Connections}
	f.count = [nSeries]uint64{
		mqttIn: mqtt.MessagesIn, mqttOut: mqtt.MessagesOut,
		socketioIn: in[bus.FromSocketIO], socketioOut: g.surface.Sent(),
		linkIn: in[bus.FromLink], linkOut: g.sentByLinks(),
		httpIn: in[bus.FromHTTP],
	}
	for _, d := range g.drops.Counts() {
		f.count[dropped] += d.N
	}
	return f
}

func (g *gateway) sentByLinks() (n uint64) {
	for _, l := range g.links.all() {
		n += l.Stats().Out
	}
	return n
}

// since are the rates from an earlier moment to this one, a second. A counter that began anew, as those of a link that was made
// again, has none.
func (f *figures) since(before *figures, seconds float64) [nSeries]float32 {
	var rates [nSeries]float32
	for i, n := range f.count {
		if n > before.count[i] && seconds > 0 {
			rates[i] = float32(float64(n-before.count[i]) / seconds)
		}
	}
	return rates
}

// history is the last hour of rates; its memory does not grow.
type history struct {
	from   figures // at the last point
	points [historySteps][nSeries]float32
	n      int // points there are
	next   int // where the next one goes
}

func (h *history) add(now figures) {
	h.points[h.next] = now.since(&h.from, historyStep)
	h.from = now
	h.next = (h.next + 1) % historySteps
	h.n = min(h.n+1, historySteps)
}

type historyEvent struct {
	StepS  int                  `json:"step_s"`
	Series map[string][]float32 `json:"series"` // oldest first
}

func (h *history) event() historyEvent {
	e := historyEvent{historyStep, map[string][]float32{}}
	for i, name := range seriesNames() {
		values := make([]float32, h.n)
		for k := range values {
			values[k] = h.points[(h.next-h.n+k+historySteps)%historySteps][i]
		}
		e.Series[name] = values
	}
	return e
}

type memoryFigures struct {
	Heap uint64 `json:"heap"` // bytes of objects
	RSS  uint64 `json:"rss"`  // bytes that the system counts; 0 where it does not say
}

func memoryNow() memoryFigures {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	m := memoryFigures{Heap: sample[0].Value.Uint64()}
	if statm, err := os.ReadFile("/proc/self/statm"); err == nil {
		if fields := bytes.Fields(statm); len(fields) > 1 {
			pages, _ := strconv.ParseUint(string(fields[1]), 10, 64)
			m.RSS = pages * uint64(os.Getpagesize())
		}
	}
	return m
}
