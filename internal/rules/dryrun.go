package rules

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"gateway/internal/fault"
	"gateway/pkg/mapping"
)

// Dryrun is a rule that runs beside the others for a while and sends nothing.
type Dryrun struct {
	ID        string    `json:"id"`
	Seconds   int       `json:"seconds"`
	StartedAt time.Time `json:"started_at"`
	EndsAt    time.Time `json:"ends_at"`
	Done      bool      `json:"done"`
	LookedAt  uint64    `json:"looked_at" doc:"Messages that came"`
	Matched   uint64    `json:"matched" doc:"Those whose topic is the rule's, or the old rule's"`
	Sent      uint64    `json:"sent" doc:"Those that the rule would have sent; rate, dedupe and deadband are not looked at"`
	Filtered  uint64    `json:"filtered"`
	Failed    uint64    `json:"failed"`
	OldSent   uint64    `json:"old_sent" doc:"Those that the rule it replaces would have sent"`
	Differ    uint64    `json:"differ"`
	Missed    uint64    `json:"missed" doc:"Matched, but came faster than they could be tried"`
	Last      []Row     `json:"last" doc:"The newest that matched, newest first; 20 at most"`
}

// Bounds of dry runs.
const (
	maxDryrun     = 10 * time.Minute
	maxDryruns    = 8  // at once
	maxDryrunsOld = 16 // that are over and can still be read
	dryrunQueue   = 256
	dryrunBytes   = 2 << 20 // of payloads in the queue of one, and one more
	dryrunRows    = 20
	dryrunTick    = time.Second
)

type dryruns struct {
	mu      sync.Mutex
	runs    map[string]*dryrun
	order   []string
	working sync.WaitGroup
}

type dryrun struct {
	trial    *trial
	queue    chan Sample
	queued   atomic.Int64 // bytes of the payloads in queue
	cancel   context.CancelFunc
	lookedAt atomic.Uint64
	missed   atomic.Uint64

	mu     sync.Mutex
	shown  Dryrun
	counts PreviewCounts
}

// DryRun starts a rule beside those in force, for seconds, 60 when it is 0. It ends by itself, with ctx or by [Service.EndDryRun].
// tell is called each second and once at the end; it may be nil. The error wraps ErrProblems, or is a *fault.Error.
func (s *Service) DryRun(ctx context.Context, rule mapping.Rule, replaces string, seconds int, tell func(Dryrun)) (Dryrun, error) {
	rule = tidy(rule)
	t, err := s.trial(rule, replaces)
	switch {
	case err != nil:
		return Dryrun{}, err
	case t.next == nil:
		return Dryrun{}, withProblems(t.problems)
	case s.Listen == nil:
		return Dryrun{}, fault.New(fault.Unavailable, "there is nothing to listen to")
	}
	if seconds <= 0 {
		seconds = 60
	}
	seconds = min(seconds, int(maxDryrun/time.Second))
	now := s.Now().UTC()
	lasts := time.Duration(seconds) * time.Second
	ctx, cancel := context.WithTimeout(ctx, lasts)
	d := &dryrun{trial: t, queue: make(chan Sample, dryrunQueue), cancel: cancel, shown: Dryrun{
		ID: newID(), Seconds: seconds, StartedAt: now, EndsAt: now.Add(lasts), Last: []Row{},
	}}
	if err := s.dry.add(d); err != nil {
		cancel()
		return Dryrun{}, err
	}
	stop := s.Listen("dry run "+d.shown.ID, d.hear)
	s.dry.working.Go(func() {
		defer cancel()
		d.work(ctx, tell)
		stop()
		d.end(tell)
	})
	return d.now(), nil
}

// hear is called for each message, under the topic's lock: it only looks at the topic, and hands on what may be the rule's.
func (d *dryrun) hear(m Sample) {
	d.lookedAt.Add(1)
	if !d.trial.matches(m.Topic) {
		return
	}
	if d.queued.Load() > dryrunBytes {
		d.missed.Add(1)
		return
	}
	d.queued.Add(int64(len(m.Payload))) // before it can be taken out
	select {
	case d.queue <- m:
	default:
		d.queued.Add(-int64(len(m.Payload)))
		d.missed.Add(1)
	}
}

func (d *dryrun) work(ctx context.Context, tell func(Dryrun)) {
	tick := time.NewTicker(dryrunTick)
	defer tick.Stop()
	for {
		select {
		case m := <-d.queue:
			d.try(&m)
		case <-tick.C:
			if tell != nil {
				tell(d.now())
			}
		case <-ctx.Done():
			return
		}
	}
}

// try runs the rules on a message from the queue.
func (d *dryrun) try(m *Sample) {
	d.queued.Add(-int64(len(m.Payload)))
	r := rowOf(m)
	r.New, r.Old = try(d.trial.next, m), try(d.trial.old, m)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.counts.Matched++
	d.counts.count(&r, d.trial.old != nil)
	r.shorten()
	d.shown.Last = slices.Insert(d.shown.Last, 0, r)
	d.shown.Last = d.shown.Last[:min(len(d.shown.Last), dryrunRows)]
}

// end marks a run as over, with what is still in the queue counted.
func (d *dryrun) end(tell func(Dryrun)) {
	for len(d.queue) > 0 {
		m := <-d.queue
		d.try(&m)
	}
	d.mu.Lock()
	d.shown.Done = true
	d.mu.Unlock()
	if tell != nil {
		tell(d.now())
	}
}

// now is the run as it stands.
func (d *dryrun) now() Dryrun {
	d.mu.Lock()
	defer d.mu.Unlock()
	out := d.shown
	out.Last = slices.Clone(d.shown.Last)
	n := d.counts
	out.LookedAt, out.Missed = d.lookedAt.Load(), d.missed.Load()
	out.Matched, out.Sent, out.Filtered, out.Failed = uint64(n.Matched)+out.Missed, uint64(n.Sent), uint64(n.Filtered), uint64(n.Failed)
	out.OldSent, out.Differ = uint64(n.OldSent), uint64(n.Differ)
	return out
}

// add makes room for a run, or refuses it.
func (l *dryruns) add(d *dryrun) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	busy := 0
	for _, other := range l.runs {
		if !other.now().Done {
			busy++
		}
	}
	if busy >= maxDryruns {
		return fault.New(fault.RateLimited, "%d dry runs go on already: wait for one to end", busy)
	}
	for len(l.order) >= maxDryruns+maxDryrunsOld {
		i := slices.IndexFunc(l.order, func(id string) bool { return l.runs[id].now().Done })
		delete(l.runs, l.order[i])
		l.order = slices.Delete(l.order, i, i+1)
	}
	l.runs[d.shown.ID] = d
	l.order = append(l.order, d.shown.ID)
	return nil
}

// GetDryRun returns a dry run; those that ended are kept for a while. The error wraps ErrNotFound.
func (s *Service) GetDryRun(id string) (Dryrun, error) {
	s.dry.mu.Lock()
	d := s.dry.runs[id]
	s.dry.mu.Unlock()
	if d == nil {
		return Dryrun{}, notFound("dry run", id)
	}
	return d.now(), nil
}

// EndDryRun ends a dry run before its time. The error wraps ErrNotFound.
func (s *Service) EndDryRun(id string) error {
	s.dry.mu.Lock()
	d := s.dry.runs[id]
	s.dry.mu.Unlock()
	if d == nil {
		return notFound("dry run", id)
	}
	d.cancel()
	return nil
}

// Close ends all dry runs and waits for them.
func (s *Service) Close() {
	s.dry.mu.Lock()
	for _, d := range s.dry.runs {
		d.cancel()
	}
	s.dry.mu.Unlock()
	s.dry.working.Wait()
}
