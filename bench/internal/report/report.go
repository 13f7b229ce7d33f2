// Package report turns measurements into tables.
package report

import (
	"cmp"
	"slices"
	"time"

	"gateway/bench/internal/load"
)

// Report collects the runs of several servers over several workloads.
type Report struct {
	Servers []string // in the order of columns and rows
	Kinds   []load.Kind
	runs    map[key][]load.Result
}

type key struct {
	server string
	kind   load.Kind
}

// Add takes one run.
func (r *Report) Add(server string, kind load.Kind, res load.Result) {
	if r.runs == nil {
		r.runs = map[key][]load.Result{}
	}
	k := key{server, kind}
	r.runs[k] = append(r.runs[k], res)
}

// Median returns the medians of all runs of a server with a workload, figure by figure, and false if there is none.
// Counts of what must not happen are summed up instead: one lost connection in three runs is one too many.
func (r *Report) Median(server string, kind load.Kind) (load.Result, bool) {
	runs := r.runs[key{server, kind}]
	if len(runs) == 0 {
		return load.Result{}, false
	}
	m := load.Result{
		PerSecond:      median(runs, func(r load.Result) float64 { return r.PerSecond }),
		P50:            median(runs, func(r load.Result) time.Duration { return r.P50 }),
		P99:            median(runs, func(r load.Result) time.Duration { return r.P99 }),
		CutOff:         median(runs, func(r load.Result) int64 { return r.CutOff }),
		CPUPerEvent:    median(runs, func(r load.Result) time.Duration { return r.CPUPerEvent }),
		CPUShare:       median(runs, func(r load.Result) float64 { return r.CPUShare }),
		GeneratorShare: median(runs, func(r load.Result) float64 { return r.GeneratorShare }),
		RSS:            median(runs, func(r load.Result) float64 { return r.RSS }),
		Heap:           median(runs, func(r load.Result) float64 { return r.Heap }),
		Settled:        runs[0].Settled,
		RSSPerConn:     median(runs, func(r load.Result) float64 { return r.RSSPerConn }),
		HeapPerConn:    median(runs, func(r load.Result) float64 { return r.HeapPerConn }),

		GoroutinesPerConn: median(runs, func(r load.Result) float64 { return r.GoroutinesPerConn }),
	}
	for _, x := range runs {
		m.Expected += x.Expected
		m.Delivered += x.Delivered
		m.OutOfOrder += x.OutOfOrder
		m.Lost += x.Lost
	}
	return m, true
}

// median returns the middle of f over the runs, the lower of two.
func median[R any, T cmp.Ordered](runs []R, f func(R) T) T {
	v := make([]T, len(runs))
	for i, r := range runs {
		v[i] = f(r)
	}
	slices.Sort(v)
	return v[(len(v)-1)/2]
}

// Cost is what servers are compared by: CPU microseconds for one delivery; KiB for one connection with Idle, of heap and
// stacks or, if a server does not tell, resident; microseconds for one delivery at the highest rate with Peak.
func Cost(kind load.Kind, r load.Result) float64 {
	switch {
	case kind == load.Idle && r.HeapPerConn > 0:
		return r.HeapPerConn
	case kind == load.Idle:
		return r.RSSPerConn
	case kind == load.Peak && r.PerSecond > 0:
		return 1e6 / r.PerSecond
	}
	return float64(r.CPUPerEvent) / float64(time.Microsecond)
}

// Disturbed counts the runs that other processes disturbed.
func (r *Report) Disturbed() (n int) {
	for _, runs := range r.runs {
		for _, x := range runs {
			if x.Disturbed() {
				n++
			}
		}
	}
	return n
}
