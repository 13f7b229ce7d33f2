package report

import (
	"errors"
	"fmt"

	"gateway/bench/internal/load"
)

// CheckGrowth returns an error that names each workload for which server costs over percent more than baseline, or
// for which no round was undisturbed, so that it cannot be told.
func (r *Report) CheckGrowth(server, baseline string, percent float64) error {
	var errs []error
	for _, kind := range r.Kinds {
		ratio, ok := r.ratio(kind, server, baseline, func(r load.Result) bool {
			return kind == load.Idle || !r.Disturbed() // memory does not mind
		})
		switch growth := 100 * (ratio - 1); {
		case !ok:
			errs = append(errs, fmt.Errorf("%s: no round was undisturbed: other processes took too much CPU time", kind))
		case growth > percent:
			errs = append(errs, fmt.Errorf("%s: %s costs %.0f %% more than %s, at most %.0f %% allowed", kind, server, growth, baseline, percent))
		}
	}
	return errors.Join(errs...)
}
