package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"gateway/internal/api"
)

const (
	healthEvery = 5 * time.Second
	dropWindow  = 12 // steps of healthEvery that drops are counted over: a minute
)

// health watches the parts, so that what goes wrong is told at once, and drops are seen to rise.
type health struct {
	g     *gateway
	state atomic.Pointer[string]
	nudge chan struct{} // somebody knows that something is otherwise

	mu    sync.Mutex
	since map[string]time.Time // by check and state
	drops dropMeter
}

func (g *gateway) makeHealth() error {
	g.health = &health{g: g, since: map[string]time.Time{}, nudge: make(chan struct{}, 1)}
	ok := api.StateOK
	g.health.state.Store(&ok)
	return nil
}

// healthState is how all is, as of a few seconds ago. It costs nothing.
func (g *gateway) healthState() string {
	if g.health == nil {
		return api.StateOK // it is being built
	}
	return *g.health.state.Load()
}

// healthChanged has the parts looked at now, and not only with the next step.
func (g *gateway) healthChanged() {
	select {
	case g.health.nudge <- struct{}{}:
	default: // it is about to look anyway
	}
}

// run looks every few seconds until ctx ends, and tells pages when they would show something else.
func (h *health) run(ctx context.Context) {
	ticker := time.NewTicker(healthEvery)
	defer ticker.Stop()
	h.sampleDrops()
	before := ""
	for {
		if shown := shownOf(h.now()); shown != before {
			before = shown
			h.g.changed("health", "", "")
		}
		select {
		case <-ctx.Done():
			return
		case <-h.nudge:
		case <-ticker.C:
			h.sampleDrops()
		}
	}
}

func (h *health) sampleDrops() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.drops.sample(h.g.drops.Counts())
}

// shownOf is what a page shows: which checks, how bad, and in which words, since a cause may change while the state does not.
func shownOf(v api.Health) string {
	var s strings.Builder
	for _, c := range v.Checks {
		fmt.Fprintf(&s, "%s=%s: %s; %s; %s\n", c.ID, c.State, c.Title, c.Cause, c.Remedy)
	}
	return s.String()
}

// now looks at everything.
func (h *health) now() api.Health {
	var checks []api.Check
	for _, look := range []func() []api.Check{
		h.g.checkStore, h.g.checkDisk, h.g.checkClock, h.g.checkAccess, h.g.checkLinks, h.g.checkMappings, h.checkDrops, h.g.checkMemory,
	} {
		checks = append(checks, look()...)
	}
	slices.SortStableFunc(checks, func(a, b api.Check) int { return cmp.Compare(rank(b.State), rank(a.State)) })
	h.date(checks)
	v := api.Health{State: api.StateOK, Summary: "all well", Checks: checks}
	if checks == nil {
		v.Checks = []api.Check{}
	}
	for _, c := range checks {
		if rank(c.State) > rank(v.State) {
			v.State, v.Summary = c.State, c.Title
		}
	}
	if more := len(checks) - 1; more > 0 && v.State != api.StateOK {
		v.Summary = fmt.Sprintf("%s, and %d more", v.Summary, more)
	}
	h.state.Store(&v.State)
	return v
}

func rank(state string) int {
	return slices.Index([]string{api.StateOK, api.StateWarn, api.StateBad}, state)
}

// date remembers since when each check is in its state.
func (h *health) date(checks []api.Check) {
	h.mu.Lock()
	defer h.mu.Unlock()
	since := make(map[string]time.Time, len(checks))
	for i, c := range checks {
		key := c.ID + "=" + c.State
		at, known := h.since[key]
		if !known {
			at = time.Now()
		}
		since[key] = at
		if c.Since == nil {
			checks[i].Since = &at
		}
	}
	h.since = since
}

func (g *gateway) checkStore() []api.Check {
	err := g.store.Stats().LastError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, syscall.ENOSPC):
		return []api.Check{{
			ID: "store", State: api.StateBad, Title: "the disk is full", Href: "settings",
			Cause:  "nothing can be written to the data directory: publishers with QoS 1 and 2 are refused where it would have to be kept, and last values live in memory only",
			Remedy: "free some space where " + g.config.DataDir + " is: it goes on by itself",
		}}
	}
	return []api.Check{{
		ID: "store", State: api.StateBad, Title: "the data directory cannot be written", Cause: err.Error(), Href: "settings",
		Remedy: "look at the disk of " + g.config.DataDir + ": SD cards that are worn out become read-only",
	}}
}

// A disk with less than this, and less than this share, is nearly full.
const (
	littleSpace = 256 << 20
	littleShare = 0.05
)

func (g *gateway) checkDisk() []api.Check {
	free, total, ok := diskSpace(g.config.DataDir)
	if !ok || free > littleSpace && float64(free) > littleShare*float64(total) || free > 4*littleSpace {
		return nil
	}
	return []api.Check{{
		ID: "disk", State: api.StateWarn, Title: "the disk is nearly full", Href: "settings",
		Cause:  fmt.Sprintf("%s are free where %s is", megabytes(free), g.config.DataDir),
		Remedy: "free some space before nothing can be written any more",
	}}
}

// firstYear is before any gateway of this kind ran.
const firstYear = 2025

func (g *gateway) checkClock() []api.Check {
	now := time.Now()
	if now.Year() >= firstYear {
		return nil
	}
	return []api.Check{{
		ID: "clock", State: api.StateWarn, Title: "the clock is wrong", Cause: "this machine believes it is " + now.Format("2 January 2006"),
		Remedy: "give it a time server (NTP) that it can reach: until then times are wrong, logins may end early and certificates seem invalid",
	}}
}

func (g *gateway) checkAccess() (list []api.Check) {
	if g.config.Auth.Anonymous == "always" {
		list = append(list, api.Check{
			ID: "anonymous", State: api.StateWarn, Title: "everybody may read and write every topic",
			Cause: `auth.anonymous is "always"`, Href: "settings/tokens",
			Remedy: `give each client a token, then set auth.anonymous to "loopback" or "never"`,
		})
	}
	if !g.identity.Claimed() {
		list = append(list, api.Check{
			ID: "unclaimed", State: api.StateWarn, Title: "nobody owns this gateway yet", Href: "setup",
			Cause: "its first admin has not been made", Remedy: "open the page and enter the setup code, which is in the log and from gateway setup-code",
		})
	}
	return list
}

func (g *gateway) checkMappings() (list []api.Check) {
	g.mu.Lock()
	problems := append([]string(nil), g.problems...)
	g.mu.Unlock()
	for i, p := range problems {
		list = append(list, api.Check{
			ID: fmt.Sprintf("mapping.%d", i), State: api.StateBad, Title: "a mapping does not stand", Cause: p, Href: "mappings",
			Remedy: "put it right: the others run without it",
		})
	}
	for _, s := range g.bridge.Stats() {
		if until, paused := g.bridge.Paused(s.Rule); paused {
			list = append(list, api.Check{
				ID: "paused:" + s.Rule, State: api.StateWarn, Title: fmt.Sprintf("mapping %s is paused", s.Rule), Href: "mappings",
				Cause:  "its expressions took too long, several times in a row",
				Remedy: fmt.Sprintf("simplify them; it tries again in %s", about(time.Until(until))),
			})
		}
	}
	return list
}
