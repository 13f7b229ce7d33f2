package auth

import (
	"math"
	"net/netip"
	"sync"
	"time"
)

// maxBuckets bounds what a limiter remembers.
const maxBuckets = 2048

// limiter lets each key try burst times, and then once in every. What it remembers is bounded: a flood of keys makes it forget
// those that may try again soonest.
type limiter struct {
	burst float64
	every time.Duration

	mu      sync.Mutex
	buckets map[string]bucket
}

// bucket is how often a key may try, at a time.
type bucket struct {
	left float64
	at   time.Duration
}

func newLimiter(burst int, every time.Duration) *limiter {
	return &limiter{burst: float64(burst), every: every, buckets: map[string]bucket{}}
}

// spend takes one try from key, and returns 0, or how long it has to wait for the next one. An empty key is never limited.
func (l *limiter) spend(key string, now time.Duration) time.Duration {
	if key == "" {
		return 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	left := l.left(key, now)
	if left < 1 {
		return time.Duration((1 - left) * float64(l.every))
	}
	l.makeRoom(key, now)
	l.buckets[key] = bucket{left - 1, now}
	return 0
}

// refund gives a try back: it was a good one.
func (l *limiter) refund(key string, now time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, ok := l.buckets[key]; ok {
		l.buckets[key] = bucket{min(l.left(key, now)+1, l.burst), now}
	}
}

func (l *limiter) left(key string, now time.Duration) float64 {
	b, ok := l.buckets[key]
	if !ok {
		return l.burst
	}
	return min(b.left+float64(now-b.at)/float64(l.every), l.burst)
}

func (l *limiter) makeRoom(key string, now time.Duration) {
	if _, ok := l.buckets[key]; ok || len(l.buckets) < maxBuckets {
		return
	}
	most, fullest := "", math.Inf(-1)
	for k := range l.buckets {
		if left := l.left(k, now); left >= l.burst {
			delete(l.buckets, k)
		} else if left > fullest {
			most, fullest = k, left
		}
	}
	if len(l.buckets) >= maxBuckets {
		delete(l.buckets, most)
	}
}

// networkOf is what an address is limited by: itself, or with IPv6 the /64 that a household has to itself.
func networkOf(remote string) string {
	ip, err := netip.ParseAddr(hostOf(remote))
	if err != nil {
		return remote
	}
	ip = ip.Unmap()
	if ip.Is4() {
		return ip.String()
	}
	block, _ := ip.WithZone("").Prefix(64)
	return block.String()
}
