package load

import (
	"context"
	"time"
)

// sender sends the next n messages. After the deadline it fails rather than block.
type sender interface {
	send(n int) error
	deadline(at time.Time) error
}

// pace has s send at the given rate (messages a second) for d, in ticks of a millisecond, and returns how many were
// sent. A server that pushes back makes it late: at twice d it gives up the rest, and one that takes nothing at all
// for another second is an error.
func pace(ctx context.Context, s sender, rate int, d time.Duration) (sent int64, err error) {
	begin := time.Now()
	total := int64(float64(rate) * d.Seconds())
	if err := s.deadline(begin.Add(2*d + time.Second)); err != nil {
		return 0, err
	}
	for sent < total && ctx.Err() == nil {
		passed := time.Since(begin)
		due := min(int64(float64(rate)*passed.Seconds())+1, total)
		if passed > 2*d {
			break
		}
		if n := min(due-sent, 4096); n > 0 {
			if err := s.send(int(n)); err != nil {
				return sent, err
			}
			sent += n
			continue
		}
		pause(ctx, time.Millisecond)
	}
	return sent, ctx.Err()
}
