// Package hist counts latencies in a fixed amount of memory.
package hist

import (
	"math/bits"
	"time"
)

// Each octave above 2^subBits microseconds is divided into 2^subBits steps: a relative error of at most 1/32.
const (
	subBits = 5
	buckets = 1 << 10 // reaches beyond an hour
)

// Histogram is log-linear with a resolution of one microsecond. The zero value is empty. Not safe for concurrent use.
type Histogram struct {
	counts [buckets]int64
	total  int64
}

// Add counts d. What is negative counts as 0.
func (h *Histogram) Add(d time.Duration) {
	h.counts[bucket(max(d.Microseconds(), 0))]++
	h.total++
}

// Quantile returns a duration that the fraction p (0 to 1) of the counted ones does not exceed, rounded down to its
// step; 0 when nothing was counted.
func (h *Histogram) Quantile(p float64) time.Duration {
	var seen int64
	for i, n := range h.counts {
		if seen += n; seen > 0 && float64(seen) >= p*float64(h.total) {
			return time.Duration(lowest(i)) * time.Microsecond
		}
	}
	return 0
}

// bucket returns the index for a value in microseconds.
func bucket(us int64) int {
	shift := max(bits.Len64(uint64(us))-subBits-1, 0)
	return min(shift<<subBits+int(us>>shift), buckets-1)
}

// lowest returns the smallest value, in microseconds, that belongs to bucket i.
func lowest(i int) int64 {
	shift := max(i>>subBits-1, 0)
	return int64(i-shift<<subBits) << shift
}
