package app

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// startMemory keeps the garbage collector out of the start, which mostly makes what stays: a third less processor time with 100,000
// values. A bound leaves a small board room to breathe. Once all is loaded, call tuneMemory.
func startMemory() {
	const limit = 384 << 20
	debug.SetGCPercent(-1)
	debug.SetMemoryLimit(limit)
}

// tuneMemory trades 12 to 15 MiB for about 40 % less processor time in the garbage collector.
func tuneMemory() { debug.SetGCPercent(400) }

const (
	settleInterval = 3 * time.Second
	settleIdle     = 1 << 20 // bytes allocated in an interval: fewer is idle
	settleGarbage  = 4 << 20 // bytes of garbage worth collecting
)

// settle gives memory back to the system when a burst is over. The collector is tuned to run seldom; without this, what a
// hundred reconnecting clients left behind would stay resident until the next burst.
func settle(ctx context.Context) {
	samples := []metrics.Sample{
		{Name: "/gc/heap/allocs:bytes"}, {Name: "/memory/classes/heap/objects:bytes"}, {Name: "/gc/heap/live:bytes"},
	}
	ticker := time.NewTicker(settleInterval)
	defer ticker.Stop()
	var before uint64
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		metrics.Read(samples)
		allocated, objects, live := samples[0].Value.Uint64(), samples[1].Value.Uint64(), samples[2].Value.Uint64()
		if allocated-before < settleIdle && objects > live+settleGarbage {
			debug.FreeOSMemory()
		}
		before = allocated
	}
}
