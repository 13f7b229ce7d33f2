package broker

import "time"

// rateBurst is how many seconds' worth of messages a client may publish at once.
const rateBurst = 10

// rate slows a client that publishes too much: it is read no faster, and TCP does the rest. Nothing is lost. It belongs to
// the goroutine that reads the connection; nil does not limit.
type rate struct {
	each  time.Duration // what one message costs
	until time.Time     // up to when what was taken is paid for
}

// newRate allows so many messages per second; 0 any number.
func newRate(perSecond float64) *rate {
	if perSecond <= 0 {
		return nil
	}
	return &rate{each: time.Duration(float64(time.Second) / perSecond)}
}

// wait waits until one more message is allowed, or gone is closed.
func (r *rate) wait(gone <-chan struct{}) {
	if r == nil {
		return
	}
	delay := r.take(time.Now())
	if delay <= 0 {
		return
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-gone:
	}
}

// take counts a message, and returns how long it has to wait.
func (r *rate) take(now time.Time) time.Duration {
	if burst := now.Add(-rateBurst * time.Second); r.until.Before(burst) {
		r.until = burst
	}
	r.until = r.until.Add(r.each)
	return r.until.Sub(now)
}
