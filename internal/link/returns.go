package link

import (
	"log/slog"
	"sync"

	"gateway/internal/bus"
)

const warnedRings = 100 // that are remembered as told

// Returns hears what linked gateways bring back, see [bus.Options.Returned], and tells the owner of rings: once of each.
type Returns struct {
	log  *slog.Logger
	drop func(reason, source string)

	mu     sync.Mutex
	warned map[string]bool
}

// NewReturns returns what logs to log and has drop count what came back: reason loop for what went round in a ring, duplicate
// for what came by two ways, or again after a lost connection.
func NewReturns(log *slog.Logger, drop func(reason, source string)) *Returns {
	return &Returns{log: log, drop: drop, warned: map[string]bool{}}
}

// Note is for a message that was not published, because it has been here.
func (r *Returns) Note(m *bus.Message, ring bool) {
	if !ring {
		r.drop("duplicate", m.Origin.Conn)
		return
	}
	name := m.Trail.Ring()
	r.drop("loop", name)
	r.mu.Lock()
	first := !r.warned[name] && len(r.warned) < warnedRings
	if first {
		r.warned[name] = true
	}
	r.mu.Unlock()
	if first {
		r.log.Warn("linked gateways form a ring: messages go round in a ring, and what comes back is dropped; remove one of the links",
			"gateways", name, "back_by", string(m.Origin.Adapter)+" "+m.Origin.Conn)
	}
}
