package hist

import (
	"testing"
	"time"
)

func TestQuantile(t *testing.T) {
	var h Histogram
	for ms := range 1000 {
		h.Add(time.Duration(ms+1) * time.Millisecond)
	}
	for p, want := range map[float64]time.Duration{
		0: time.Millisecond, 0.5: 500 * time.Millisecond, 0.99: 990 * time.Millisecond, 1: time.Second,
	} {
		got := h.Quantile(p)
		if got > want || got < want-want/32-time.Microsecond {
			t.Errorf("Quantile(%v) = %v, want %v less at most 1/32", p, got, want)
		}
	}
}

func TestQuantileAtTheEdges(t *testing.T) {
	var h Histogram
	if got := h.Quantile(0.5); got != 0 {
		t.Errorf("empty: Quantile = %v, want 0", got)
	}
	h.Add(-time.Second)
	if got := h.Quantile(1); got != 0 {
		t.Errorf("negative duration: Quantile = %v, want 0", got)
	}
	h.Add(1000 * time.Hour)
	if got := h.Quantile(1); got < time.Hour {
		t.Errorf("beyond the range: Quantile = %v, want over an hour", got)
	}
}

func TestBucketsAreInOrderAndWithoutGap(t *testing.T) {
	for i := range buckets - 1 {
		low, next := lowest(i), lowest(i+1)
		if bucket(low) != i || bucket(next-1) != i {
			t.Fatalf("bucket %d: holds %d to %d, but they map to %d and %d", i, low, next-1, bucket(low), bucket(next-1))
		}
	}
}
