package trace

import (
	"strings"
	"time"
)

// Dropped is one of the newest drops.
type Dropped struct {
	Key
	At     time.Time
	Source string
	Detail string
	N      uint64 // how often in a row
}

// maxRecent is how many of the newest drops are kept.
const maxRecent = 256

// recent keeps the newest drops, each with those that were just like it and followed at once.
type recent struct {
	ring [maxRecent]Dropped
	n    int // that were ever put
}

func (r *recent) put(key Key, source, detail string) {
	if r.n > 0 {
		last := &r.ring[(r.n-1)%maxRecent]
		if last.Key == key && last.Source == source && last.Detail == detail {
			last.N++
			last.At = time.Now()
			return
		}
	}
	r.ring[r.n%maxRecent] = Dropped{key, time.Now(), strings.Clone(source), strings.Clone(detail), 1}
	r.n++
}

// Recent returns the newest drops that match picks, newest first.
func (d *Drops) Recent(match func(Dropped) bool) (found []Dropped) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i := d.recent.n - 1; i >= max(0, d.recent.n-maxRecent); i-- {
		if one := d.recent.ring[i%maxRecent]; match(one) {
			found = append(found, one)
		}
	}
	return found
}
