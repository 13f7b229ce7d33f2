package report

import "gateway/bench/internal/load"

// Ratio returns the cost of one server divided by that of another: the median of the ratios round by round, as what
// else goes on in the machine changes slowly and so hits both runs of a round. If the other server has no runs of
// the workload, those of [load.Kind.Reference] stand for them. It returns false if either is unknown.
func (r *Report) Ratio(kind load.Kind, server, to string) (float64, bool) {
	return r.ratio(kind, server, to, func(load.Result) bool { return true })
}

// ratio is Ratio over the rounds in which both runs are fit.
func (r *Report) ratio(kind load.Kind, server, to string, fit func(load.Result) bool) (float64, bool) {
	other := key{to, kind}
	if len(r.runs[other]) == 0 {
		other.kind = kind.Reference()
	}
	return r.relate(key{server, kind}, other, func(k load.Kind, r load.Result) float64 {
		if !fit(r) {
			return 0
		}
		return Cost(k, r)
	})
}

// relate divides a figure of a's runs by that of b's, round by round, and returns the median. Rounds in which either is
// 0 do not count; without any it returns false.
func (r *Report) relate(a, b key, figure func(load.Kind, load.Result) float64) (float64, bool) {
	over, under := r.runs[a], r.runs[b]
	var ratios []float64
	for i := range min(len(over), len(under)) {
		x, y := figure(a.kind, over[i]), figure(b.kind, under[i])
		if x > 0 && y > 0 {
			ratios = append(ratios, x/y)
		}
	}
	if len(ratios) == 0 {
		return 0, false
	}
	return median(ratios, func(x float64) float64 { return x }), true
}
