package wear

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"gateway/bench/internal/load"
	"gateway/bench/internal/peer"
	"gateway/bench/internal/proc"
)

// settle is how long after the start, and after a checkpoint, a look at the disk is taken: longer than state.flush_interval.
const settle = 6 * time.Second

// Run starts the gateway bin afresh in a directory under tmp, with a checkpoint in the second half of window, and measures both
// halves. It fails where the system does not count what is written, as with files in memory.
func Run(ctx context.Context, bin, tmp string, l Load, window time.Duration) (Result, error) {
	g := &peer.Gateway{Label: "gateway", Bin: bin, Extra: fmt.Sprintf("\n[state]\ncheckpoint_interval = %q\n", settle+window*3/4)}
	srv, err := peer.Start(ctx, g, load.Fanout, tmp)
	if err != nil {
		return Result{}, err
	}
	defer srv.Stop()
	started := time.Now()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	d, err := newDriver(ctx, srv.MQTT, l)
	if err != nil {
		return Result{}, err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return d.run(ctx) })
	r := Result{Load: l}
	group.Go(func() error {
		defer stop()
		return r.measure(ctx, srv, started, window)
	})
	if err := group.Wait(); err != nil {
		return Result{}, fmt.Errorf("%s: %w", l.Name, err)
	}
	r.Updates, r.Answered = d.updates, int(d.answered.Load())
	return r, nil
}

// look is what had been written by a moment.
type look struct {
	at      time.Time
	written int64
	commits float64 // of the database, which only checkpoints write to under these loads
	log     float64 // bytes given to the log
	syncs   float64 // of the log
}

func (r *Result) measure(ctx context.Context, srv *peer.Server, started time.Time, window time.Duration) error {
	var looks [3]look
	for i := range looks {
		if err := until(ctx, started.Add(settle+time.Duration(i)*window/2)); err != nil {
			return err
		}
		var err error
		if looks[i], err = lookAt(ctx, srv); err != nil {
			return err
		}
	}
	first, middle, last := looks[0], looks[1], looks[2]
	if middle.commits != first.commits || last.commits == middle.commits {
		return fmt.Errorf("%.0f, %.0f and %.0f commits of the database: want one in the second half of %v", first.commits, middle.commits, last.commits, window)
	}
	if last.written == first.written {
		return fmt.Errorf("the system counted nothing: are files in memory? TMPDIR has to be on a disk")
	}
	r.Half, r.Log, r.Both = middle.at.Sub(first.at), middle.written-first.written, last.written-middle.written
	r.Syncs, r.Net = middle.syncs-first.syncs, middle.log-first.log
	return nil
}

func lookAt(ctx context.Context, srv *peer.Server) (look, error) {
	l := look{at: time.Now()}
	err := metrics(ctx, srv.HTTP, map[string]*float64{
		"gateway_state_bolt_commits_total": &l.commits, "gateway_state_log_bytes_total": &l.log, "gateway_state_log_syncs_total": &l.syncs,
	})
	if err != nil {
		return l, err
	}
	l.written, err = proc.Written(srv.PID)
	return l, err
}

func until(ctx context.Context, at time.Time) error {
	timer := time.NewTimer(time.Until(at))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
