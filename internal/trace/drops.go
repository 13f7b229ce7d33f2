// Package trace remembers where messages went and why some did not. Nothing is ever dropped silently: whoever drops says so
// here, where it is counted by place, reason and rule, and logged once for each source.
package trace

import (
	"cmp"
	"log/slog"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
)

// Key names one kind of drop.
type Key struct {
	Where  string // the part of the gateway: mqtt, socketio, mapping, bus, http, link
	Reason string // a stable word: when, reserved_event, malformed, denied, ...
	Rule   string // the mapping concerned; empty when none is
}

// Count is how often one kind of drop has happened since the start.
type Count struct {
	Key
	N uint64
}

// Drops counts what was dropped. Make one with [NewDrops]; it is safe for concurrent use.
type Drops struct {
	log    *slog.Logger
	counts sync.Map // Key -> *atomic.Uint64

	mu     sync.Mutex
	logged map[seen]struct{}
}

type seen struct {
	Key
	source string
}

// maxLogged bounds the memory of what has been logged; when it is full it starts afresh, so that a flood of new sources costs
// at most one repeated line each.
const maxLogged = 4096

// NewDrops returns an empty counter that logs to log.
func NewDrops(log *slog.Logger) *Drops {
	return &Drops{log: log, logged: map[seen]struct{}{}}
}

// Add counts a drop, and logs it if this source had none of this kind before. detail goes into that log line only; it must
// hold no payload and no secret.
//
// A source that is a network address counts by its host: each connection of one peer has another port.
func (d *Drops) Add(key Key, source, detail string) {
	n, ok := d.counts.Load(key)
	if !ok {
		n, _ = d.counts.LoadOrStore(key, new(atomic.Uint64))
	}
	n.(*atomic.Uint64).Add(1)
	source = hostOf(source)
	if d.firstOf(seen{key, source}) {
		d.log.Warn("dropped", "where", key.Where, "reason", key.Reason, "rule", key.Rule, "source", source, "detail", detail,
			"note", "further ones of this source are counted, not logged")
	}
}

func (d *Drops) firstOf(s seen) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, ok := d.logged[s]; ok {
		return false
	}
	if len(d.logged) >= maxLogged {
		clear(d.logged)
	}
	d.logged[s] = struct{}{}
	return true
}

// hostOf takes the port away from an address.
func hostOf(source string) string {
	if addr, err := netip.ParseAddrPort(source); err == nil {
		return addr.Addr().Unmap().String()
	}
	return source
}

// Counts returns all kinds of drop so far, sorted by place, reason and rule.
func (d *Drops) Counts() []Count {
	var out []Count
	d.counts.Range(func(key, n any) bool {
		out = append(out, Count{key.(Key), n.(*atomic.Uint64).Load()})
		return true
	})
	slices.SortFunc(out, func(a, b Count) int {
		return cmp.Or(cmp.Compare(a.Where, b.Where), cmp.Compare(a.Reason, b.Reason), cmp.Compare(a.Rule, b.Rule))
	})
	return out
}
