package bridge

import (
	"maps"
	"time"
)

// Paused says until when a rule rests because its expressions were slow, and whether it does.
func (b *Bridge) Paused(rule string) (until time.Time, paused bool) {
	c := (*b.stats.Load())[rule]
	if c == nil {
		return time.Time{}, false
	}
	until = time.Unix(0, c.pause.until.Load())
	return until, until.After(b.now())
}

// Resume ends the pause of a rule. One that is still slow is paused again.
func (b *Bridge) Resume(rule string) {
	if c := (*b.stats.Load())[rule]; c != nil {
		c.pause.slow.Store(0)
		c.pause.until.Store(0)
	}
}

// Rename gives the counters of a rule to the name it will have after the next Apply.
func (b *Bridge) Rename(old, name string) {
	b.reload.Lock()
	defer b.reload.Unlock()
	stats := maps.Clone(*b.stats.Load())
	if c := stats[old]; c != nil && stats[name] == nil {
		stats[name] = c
		b.stats.Store(&stats)
	}
}
