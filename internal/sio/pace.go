package sio

import (
	"sync"
	"time"

	"gateway/internal/fault"
)

// A join, a leave or a subscription stops all topics for some microseconds. One client may ask for so many at once, and for so
// many a second.
const (
	paceBurst  = 500
	paceSecond = 100
)

// maxWaiting is how many events of one socket may wait for their acknowledgement: for a device's answer or a disk.
const maxWaiting = 64

// pace is a token bucket.
type pace struct {
	mu     sync.Mutex
	tokens float64
	at     time.Time
}

func newPace() pace { return pace{tokens: paceBurst, at: time.Now()} }

// take returns an error when the client asks too fast.
func (p *pace) take() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	p.tokens = min(paceBurst, p.tokens+paceSecond*now.Sub(p.at).Seconds())
	p.at = now
	if p.tokens < 1 {
		return fault.New(fault.RateLimited, "more than %d joins and subscriptions a second: use wildcards, or go slower", paceSecond)
	}
	p.tokens--
	return nil
}
