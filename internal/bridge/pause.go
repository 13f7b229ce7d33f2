package bridge

import (
	"fmt"
	"sync/atomic"
	"time"

	"gateway/pkg/mapping"
)

const (
	// slowRun is longer than any honest expression takes. Expressions are bounded in steps, but run under a topic's lock: one
	// that is slow every time would hold up the bus.
	slowRun   = 50 * time.Millisecond
	slowRuns  = 3 // in a row, so that a busy machine does not pause a good rule
	pauseTime = 30 * time.Second
)

// pause is the memory of one rule's slow runs.
type pause struct {
	slow  atomic.Int32
	until atomic.Int64 // unix nanoseconds; 0 when not paused
}

// reasonPaused is what messages of a paused rule are dropped with.
const reasonPaused mapping.Reason = "paused"

// timed runs a rule's expressions, and pauses a rule that is slow again and again.
func (b *Bridge) timed(r *route, run func() (mapping.Reason, error)) (mapping.Reason, error) {
	p := &r.counters.pause
	start := b.now()
	if until := p.until.Load(); until > start.UnixNano() {
		return reasonPaused, nil
	}
	reason, err := run()
	took := b.now().Sub(start)
	if took < slowRun {
		p.slow.Store(0)
		return reason, err
	}
	if p.slow.Add(1) >= slowRuns {
		p.slow.Store(0)
		p.until.Store(start.Add(pauseTime).UnixNano())
		r.counters.fail(fmt.Errorf("paused for %s: its expressions took %s, %d times in a row", pauseTime, took.Round(time.Millisecond), slowRuns), b.now())
	}
	return reason, err
}

// hasExpressions reports whether a rule runs code of its author.
func hasExpressions(rule *mapping.Compiled) bool {
	s := rule.Spec()
	return s.When != "" || s.Transform != "" || s.TransformJQ != ""
}
