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
		PerConnection:  median(runs, func(r load.Result) float64 { return r.PerConnection }),
		RSS:            median(runs, func(r load.Result) float64 { return r.RSS }),
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

// Cost is what servers are compared by: CPU microseconds for one delivery, or KiB for one idle connection.
func Cost(kind load.Kind, r load.Result) float64 {
	if kind == load.Idle {
		return r.PerConnection
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

// Ratio returns the cost of one server divided by that of another: the median of the ratios round by round, as what
// else goes on in the machine changes slowly and so hits both runs of a round. It returns false if either is unknown.
func (r *Report) Ratio(kind load.Kind, server, to string) (float64, bool) {
	return r.ratio(kind, server, to, func(load.Result) bool { return true })
}

// ratio is Ratio over the rounds in which both runs are fit.
func (r *Report) ratio(kind load.Kind, server, to string, fit func(load.Result) bool) (float64, bool) {
	a, b := r.runs[key{server, kind}], r.runs[key{to, kind}]
	var ratios []float64
	for i := range min(len(a), len(b)) {
		if cost := Cost(kind, b[i]); cost > 0 && fit(a[i]) && fit(b[i]) {
			ratios = append(ratios, Cost(kind, a[i])/cost)
		}
	}
	if len(ratios) == 0 {
		return 0, false
	}
	return median(ratios, func(x float64) float64 { return x }), true
}
