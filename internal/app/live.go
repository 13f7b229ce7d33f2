package app

import (
	"context"
	"crypto/rand"
	"maps"
	"sync"
	"time"

	"gateway/internal/access"
	"gateway/internal/bridge"
	"gateway/internal/sio"
	"gateway/internal/trace"
)

const (
	liveEvery    = time.Second
	historyStep  = 10 // seconds of one point
	historySteps = 60 * 60 / historyStep
	fullEvery    = 30 // seconds after which pages get the counters of all rules again, for those that missed some
)

// live is what pages at /admin are told without asking: rates each second, the last hour, what was dropped, what has changed.
// It reads counters that stand anyway.
type live struct {
	g       *gateway
	session string // of this run

	mu        sync.Mutex
	revisions map[string]string // of what has changed since the start
	before    figures           // a second ago, or ten when nobody watches
	at        time.Time
	ticks     int
	history   history
	rules     map[string]bridge.RuleStats // as pages know them
	drops     map[trace.Key]uint64
}

// makeLive opens /admin.
func (g *gateway) makeLive() error {
	l := &live{g: g, session: rand.Text(), revisions: map[string]string{}, at: time.Now()}
	l.before = g.figures()
	l.history.from = l.before
	g.live = l
	g.surface.ServeAdmin(l)
	return nil
}

// run ends with ctx.
func (l *live) run(ctx context.Context) {
	ticker := time.NewTicker(liveEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			l.tick(now)
		}
	}
}

func (l *live) tick(now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ticks++
	closes := l.ticks%historyStep == 0
	watched := l.g.surface.Watched() > 0
	if !closes && !watched {
		return
	}
	next := l.g.figures()
	if closes {
		l.history.add(next)
	}
	if watched {
		l.g.surface.Show("stats", l.stats(next, now, l.ticks%fullEvery == 0))
		if items := l.droppedSince(); len(items) > 0 {
			l.g.surface.Tell("drops", dropsEvent{items})
		}
	}
	l.before, l.at = next, now
}

// changedEvent says that something was changed: pages ask REST what it is now.
type changedEvent struct {
	What     string `json:"what"`
	ID       string `json:"id,omitempty"`
	Revision string `json:"revision,omitempty"`
}

// changed tells pages that something was changed: mappings, links, users, tokens, sessions, settings, devices or health. id is
// empty when it is more than one.
func (g *gateway) changed(what, id, revision string) {
	if g.live == nil {
		return // it is being built
	}
	g.live.mu.Lock()
	if revision != "" {
		g.live.revisions[what] = revision
	}
	g.live.mu.Unlock()
	g.surface.Tell("changed", changedEvent{what, id, revision})
}

type hello struct {
	Version   string            `json:"version"`
	StartedAt time.Time         `json:"started_at"`
	Session   string            `json:"session"` // another one after each start
	Revision  map[string]string `json:"revision"`
}

// Greet tells a new page everything once. It implements [sio.Console].
func (l *live) Greet(*access.Principal) []sio.Told {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	revisions := maps.Clone(l.revisions)
	_, revisions["mappings"] = l.g.rules.List()
	return []sio.Told{
		{Event: "hello", Value: hello{l.g.options.Version, l.g.started, l.session, revisions}},
		{Event: "history", Value: l.history.event()},
		{Event: "stats", Value: l.stats(l.g.figures(), now, true)},
		{Event: "drops", Value: dropsEvent{l.allDrops()}},
	}
}
