package report

import (
	"errors"
	"fmt"
)

// CheckGrowth returns an error that names each workload for which server costs over percent more than baseline.
func (r *Report) CheckGrowth(server, baseline string, percent float64) error {
	var errs []error
	for _, kind := range r.Kinds {
		ratio, ok := r.Ratio(kind, server, baseline)
		if growth := 100 * (ratio - 1); ok && growth > percent {
			errs = append(errs, fmt.Errorf("%s: %s costs %.0f %% more than %s, at most %.0f %% allowed", kind, server, growth, baseline, percent))
		}
	}
	return errors.Join(errs...)
}
