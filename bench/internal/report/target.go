package report

import (
	"fmt"
	"strings"

	"gateway/bench/internal/load"
)

// target is what the project wants of one figure.
type target struct {
	what  string // the figure
	unit  string // behind it
	limit float64
	least bool // limit is the least, not the most
	// value is the figure, false if it was not measured; with quiet only from rounds that nothing disturbed.
	value func(r *Report, quiet bool) (float64, bool)
}

// targets are those of the project. Figures relative to another server hold on any machine.
func targets() []target {
	return []target{
		cost(load.Fanout, "gateway", "node", 0.75),
		cost(load.Fanout, "gateway", "limit", 1),
		cost(load.Linger, "gateway", "node", 0.5),
		cost(load.Rooms, "gateway", "node", 0.75),
		cost(load.Rooms, "gateway", "limit", 1),
		cost(load.Upstream, "gateway", "node", 1),
		cost(load.Events, "library", "node", 1),
		cost(load.Polling, "gateway", "node", 1),
		{"fanout: p99, gateway", "of node", 1, false, relative(p99, key{"gateway", load.Fanout}, key{"node", load.Fanout})},
		{"peak: deliveries/s, gateway", "of node", 3, true, relative(perSecond, key{"gateway", load.Peak}, key{"node", load.Peak})},
		{"idle: heap and stacks per connection, gateway", "KiB", 8, false, single("gateway", heapPerConn)},
		{"idle: heap and stacks per connection, library", "KiB", 8, false, single("library", heapPerConn)},
		{"idle: goroutines per connection, gateway", "", 1.05, false, single("gateway", goroutinesPerConn)},
		{"slow: p99, gateway", "of calm", 1.2, false, relative(p99, key{"gateway", load.Slow}, key{"gateway", load.Calm})},
		{"slow: heap more than in calm, gateway", "MiB", 16, false, heapGrowth},
	}
}

// Targets says, a line each, which of the project's targets were met. Those without a measurement are left out. They are
// judged by the rounds that nothing disturbed, and by all of them, with a note, if there is none.
func (r *Report) Targets() string {
	var b strings.Builder
	for _, t := range targets() {
		v, ok := t.value(r, true)
		note := ""
		if !ok {
			v, ok = t.value(r, false)
			note = " (other processes disturbed)"
		}
		if !ok {
			continue
		}
		bound, verdict := "at most", "met"
		if t.least {
			bound = "at least"
		}
		if t.least == (v < t.limit) && v != t.limit {
			verdict = "MISSED"
		}
		fmt.Fprintf(&b, "- %s: %s, target %s %g: %s%s\n", t.what, strings.TrimSpace(fmt.Sprintf("%.2f %s", v, t.unit)), bound, t.limit, verdict, note)
	}
	return b.String()
}

func cost(kind load.Kind, server, to string, limit float64) target {
	return target{
		what: fmt.Sprintf("%s: CPU per event, %s", kind, server), unit: "of " + to, limit: limit,
		value: func(r *Report, quiet bool) (float64, bool) {
			return r.ratio(kind, server, to, func(r load.Result) bool { return !quiet || !r.Disturbed() })
		},
	}
}

type figure func(load.Kind, load.Result) float64

func p99(_ load.Kind, r load.Result) float64               { return float64(r.P99) }
func perSecond(_ load.Kind, r load.Result) float64         { return r.PerSecond }
func heapPerConn(_ load.Kind, r load.Result) float64       { return r.HeapPerConn }
func goroutinesPerConn(_ load.Kind, r load.Result) float64 { return r.GoroutinesPerConn }

// relative is the median of a's figure divided by b's.
func relative(f figure, a, b key) func(*Report, bool) (float64, bool) {
	return func(r *Report, quiet bool) (float64, bool) {
		return r.relate(a, b, func(k load.Kind, r load.Result) float64 {
			if quiet && r.Disturbed() {
				return 0
			}
			return f(k, r)
		})
	}
}

// single is a figure of Idle, which nothing disturbs: it is about memory.
func single(server string, f figure) func(*Report, bool) (float64, bool) {
	return func(r *Report, _ bool) (float64, bool) {
		m, ok := r.Median(server, load.Idle)
		return f(load.Idle, m), ok
	}
}

// heapGrowth is what stalled clients cost the gateway in memory, once garbage was collected.
func heapGrowth(r *Report, _ bool) (float64, bool) {
	slow, calm := r.runs[key{"gateway", load.Slow}], r.runs[key{"gateway", load.Calm}]
	if len(slow) == 0 || len(calm) == 0 || slow[0].Settled == 0 || calm[0].Settled == 0 {
		return 0, false
	}
	return slow[0].Settled - calm[0].Settled, true
}
