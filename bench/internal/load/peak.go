package load

import (
	"context"
	"fmt"
)

// How a peak is looked for.
const (
	peakFactor    = 1.5   // from one rate to the next
	peakSteps     = 12    // rates at most: 86 times the first
	peakDelivered = 0.999 // what has to arrive
	peakInTime    = 0.95  // how near the rate delivered must come to the rate asked for
)

// FindPeak runs s at rising rates, until t does not keep up, and returns the run with the most deliveries a second of
// those that delivered at least 99.9 %.
func FindPeak(ctx context.Context, t Target, s Spec) (Result, error) {
	return findPeak(s, func(s Spec) (Result, error) { return Run(ctx, t, s) })
}

// findPeak halves the last step once: the rate found is at most 25 % too low.
func findPeak(s Spec, run func(Spec) (Result, error)) (best Result, err error) {
	passed := s.Rate / 2
	try := func(rate int) (bool, error) {
		s.Rate = rate
		r, err := run(s)
		if err != nil {
			return false, fmt.Errorf("at %d messages/s: %w", rate, err)
		}
		whole := r.DeliveredShare() >= peakDelivered
		if whole && r.PerSecond > best.PerSecond || best.DeliveredShare() < peakDelivered {
			best = r
		}
		ok := whole && r.PerSecond >= peakInTime*float64(int64(rate)*s.fan())
		if ok {
			passed = rate
		}
		return ok, nil
	}
	for step, rate := 0, s.Rate; step < peakSteps; step++ {
		ok, err := try(rate)
		if err != nil {
			return best, err
		}
		if !ok {
			_, err = try((passed + rate) / 2)
			return best, err
		}
		rate = int(float64(rate) * peakFactor)
	}
	return best, nil
}
