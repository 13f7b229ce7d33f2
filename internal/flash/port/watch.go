package port

import (
	"context"
	"slices"
	"time"
)

// Watch tells f the ports at once and whenever they have changed, looking every so often, until ctx ends. A look that fails is left
// out: the next one may do.
func Watch(ctx context.Context, extra []string, every time.Duration, f func([]Info)) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	var last []Info
	for first := true; ; first = false {
		if now, err := List(extra); err == nil && (first || !slices.Equal(now, last)) {
			last = now
			f(slices.Clone(now))
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
