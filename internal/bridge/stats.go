package bridge

import (
	"sync/atomic"
	"time"
)

// counters are one rule's; they outlive a reload of the rules.
type counters struct {
	in, out, filtered, dropped atomic.Uint64
	lastError                  atomic.Pointer[RuleError]
	pause                      pause
}

// RuleError is the last thing that went wrong in a rule.
type RuleError struct {
	Text string    `json:"text"`
	At   time.Time `json:"at"`
}

// RuleStats are one rule's counters since the start.
type RuleStats struct {
	Rule      string     `json:"rule"`
	In        uint64     `json:"in"`       // events taken from socket.io
	Out       uint64     `json:"out"`      // events and derived messages sent on
	Filtered  uint64     `json:"filtered"` // left out because `when`, rate, dedupe or deadband said so
	Dropped   uint64     `json:"dropped"`  // lost to an error; internal/trace has the reasons
	LastError *RuleError `json:"last_error,omitempty"`

	PausedUntil time.Time `json:"paused_until,omitzero"` // zero when the rule is not paused
}

func (c *counters) fail(err error, at time.Time) {
	if err != nil {
		c.lastError.Store(&RuleError{err.Error(), at})
	}
}

// Stats returns the counters of every rule in force, in the rules' order.
func (b *Bridge) Stats() []RuleStats {
	stats := *b.stats.Load()
	var out []RuleStats
	for _, r := range b.Table().Rules() {
		c := stats[r.Name()]
		if c == nil {
			continue // a reload came between the two loads
		}
		s := RuleStats{
			Rule: r.Name(), In: c.in.Load(), Out: c.out.Load(), Filtered: c.filtered.Load(), Dropped: c.dropped.Load(),
			LastError: c.lastError.Load(),
		}
		if until := time.Unix(0, c.pause.until.Load()); b.now().Before(until) {
			s.PausedUntil = until
		}
		out = append(out, s)
	}
	return out
}
