package load

import (
	"context"
	"fmt"
	"time"
)

// Run drives t with s and returns what it measured. It ends at the latest when ctx does.
func Run(ctx context.Context, t Target, s Spec) (Result, error) {
	r, err := measured(ctx, t, s)
	if err != nil {
		return r, fmt.Errorf("%s: %w", s.Kind, err)
	}
	return r, nil
}

func measured(ctx context.Context, t Target, s Spec) (r Result, err error) {
	ctx, cancel := context.WithTimeout(ctx, s.limit())
	defer cancel()
	before, err := lookAtMemory(ctx, t)
	if err != nil {
		return r, err
	}
	ses, err := connect(ctx, t, s)
	if err != nil {
		return r, err
	}
	defer ses.close()
	if r, err = ses.measure(ctx); err != nil {
		return r, err
	}
	now, err := lookAtMemory(ctx, t)
	r.memory(before, now, s.Clients)
	if err == nil && s.Settle > 0 {
		err = r.settled(ctx, t, s.Settle)
	}
	r.CutOff = ses.cutOff(ctx)
	return r, err
}

func (s *session) measure(ctx context.Context) (Result, error) {
	switch s.spec.Kind {
	case Idle:
		return s.idle(ctx)
	case Events:
		return s.counted(ctx)
	}
	return s.loaded(ctx)
}

// settled adds what is left of the heap after a rest; that the connections are open still, and who reads nothing
// has not read yet, is the point.
func (r *Result) settled(ctx context.Context, t Target, rest time.Duration) error {
	pause(ctx, rest)
	now, err := lookAtMemory(ctx, t)
	r.Settled = now.inner.Used() / (1 << 20)
	return err
}

// idle lets the connections be, and measures what that costs.
func (s *session) idle(ctx context.Context) (r Result, err error) {
	pause(ctx, s.spec.Warmup)
	w, err := openWindow(s.target.PID)
	if err != nil {
		return r, err
	}
	pause(ctx, s.spec.Window)
	s.sink.fill(&r, w.begin, s.spec.Window)
	return r, w.close(&r)
}

// loaded warms up, sends for the window, awaits what is under way, and measures.
func (s *session) loaded(ctx context.Context) (r Result, err error) {
	load, err := s.sender(ctx)
	if err != nil {
		return r, err
	}
	n, err := pace(ctx, load, s.spec.Rate, s.spec.Warmup)
	if err != nil {
		return r, err
	}
	s.sink.await(ctx, n*s.spec.fan(), s.spec.Drain)
	s.sink.begin(n)

	w, err := openWindow(s.target.PID)
	if err != nil {
		return r, err
	}
	n, err = pace(ctx, load, s.spec.Rate, s.spec.Window)
	if err != nil {
		return r, err
	}
	sending := time.Since(w.begin)
	r.Expected = n * s.spec.fan()
	s.sink.await(ctx, r.Expected, s.spec.Drain)
	s.sink.fill(&r, w.begin, sending)
	return r, w.close(&r)
}

// fill adds what was counted since begin; sending took that long.
func (s *sink) fill(r *Result, begin time.Time, sending time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r.Delivered, r.OutOfOrder, r.Lost = s.delivered, s.disorder, s.lost
	r.P50, r.P99 = s.latency.Quantile(0.5), s.latency.Quantile(0.99)
	if s.delivered > 0 {
		r.PerSecond = float64(s.delivered) / max(s.last.Sub(begin), sending).Seconds()
	}
}
