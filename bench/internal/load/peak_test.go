package load

import (
	"errors"
	"slices"
	"testing"
)

// server delivers up to capacity deliveries a second and loses the rest.
func server(capacity int, rates *[]int) func(Spec) (Result, error) {
	return func(s Spec) (Result, error) {
		*rates = append(*rates, s.Rate)
		asked := s.Rate * s.Clients
		got := min(asked, capacity)
		return Result{Expected: int64(asked), Delivered: int64(got), PerSecond: float64(got)}, nil
	}
}

func TestPeakIsTheHighestRateThatArrives(t *testing.T) {
	for _, c := range []struct {
		capacity int
		rates    []int
		peak     float64
	}{
		{400, []int{100, 75}, 375}, // too slow for the first rate
		{1000, []int{100, 150, 225, 187}, 935},
		{800, []int{100, 150, 225, 187}, 750},
	} {
		var rates []int
		best, err := findPeak(Spec{Kind: Peak, Clients: 5, Rate: 100}, server(c.capacity, &rates))
		if err != nil || best.PerSecond != c.peak || !slices.Equal(rates, c.rates) {
			t.Errorf("capacity %d: %.0f/s after rates %d (%v), want %.0f after %d", c.capacity, best.PerSecond, rates, err, c.peak, c.rates)
		}
	}
}

func TestPeakEndsWithTheFirstError(t *testing.T) {
	calls := 0
	_, err := findPeak(Spec{Kind: Peak, Clients: 5, Rate: 100}, func(Spec) (Result, error) {
		calls++
		return Result{}, errors.New("gone")
	})
	if err == nil || calls != 1 {
		t.Errorf("%d runs, %v", calls, err)
	}
}
