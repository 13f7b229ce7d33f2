package load

import (
	"context"

	"gateway/bench/internal/memstat"
	"gateway/bench/internal/proc"
)

// usage is a server's memory at one moment.
type usage struct {
	rss   int64 // KiB, 0 without a process id
	inner memstat.Memory
}

func lookAtMemory(ctx context.Context, t Target) (u usage, err error) {
	if u.inner, _, err = memstat.Fetch(ctx, t.HTTP); err != nil || t.PID == 0 {
		return u, err
	}
	u.rss, err = proc.RSS(t.PID)
	return u, err
}

// memory adds what the server uses now, and what that is for each of n connections.
func (r *Result) memory(before, now usage, n int) {
	const kib, mib = 1 << 10, 1 << 20
	r.RSS = float64(now.rss) / kib
	r.RSSPerConn = float64(now.rss-before.rss) / float64(n)
	r.Heap = now.inner.Used() / mib
	grown := now.inner.Minus(before.inner)
	r.HeapPerConn = grown.Used() / kib / float64(n)
	r.GoroutinesPerConn = grown.Goroutines / float64(n)
}
