package main

import (
	"context"
	"runtime"
	"time"

	"gateway/bench/internal/proc"
)

// awaitQuiet returns when the machine does little for half a second, or after limit.
func awaitQuiet(ctx context.Context, limit time.Duration) error {
	const look = 500 * time.Millisecond
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	few := time.Duration(0.1 * float64(runtime.NumCPU()) * float64(look))
	for {
		before, err := proc.Busy()
		if err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(look):
		}
		if now, err := proc.Busy(); err != nil || now-before < few {
			return err
		}
	}
}
