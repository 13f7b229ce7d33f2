// Package trace remembers where messages went and why some did not. Nothing is ever dropped silently: whoever drops says so
// here, where it is counted by place, reason and rule, and logged once for each source.
package trace

import (
	"cmp"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
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
	counts sync.Map // Key -> *atomic.Uint64
	lines  *lines

	mu     sync.Mutex
	logged map[seen]struct{}
	recent recent
}

type seen struct {
	Key
	source string
}

const (
	// maxLogged bounds the memory of what has been logged; when it is full it starts afresh, so that a flood of new sources costs
	// at most one repeated line each.
	maxLogged = 4096
	// maxText bounds sources and details, in bytes: senders choose them, as topics and names.
	maxText = 100
)

// NewDrops returns an empty counter that logs to log.
func NewDrops(log *slog.Logger) *Drops {
	return &Drops{lines: newLines(log), logged: map[seen]struct{}{}}
}

// Add counts a drop, and logs it if this source had none of this kind before. detail goes into that log line only; it must
// hold no payload and no secret. Both texts are cut at 100 bytes.
//
// It never waits for the log, and may be called under locks: lines are written by a goroutine of their own. In a flood of new
// sources most lines are left out, and a later line says how many; the counts stay exact.
//
// A source that is a network address counts by its host: each connection of one peer has another port.
func (d *Drops) Add(key Key, source, detail string) {
	n, ok := d.counts.Load(key)
	if !ok {
		n, _ = d.counts.LoadOrStore(key, new(atomic.Uint64))
	}
	n.(*atomic.Uint64).Add(1)
	s := seen{key, cut(hostOf(source))}
	detail = cut(detail)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.recent.put(key, s.source, detail)
	if _, ok := d.logged[s]; ok || !d.lines.put(line{s, detail}) {
		return
	}
	if len(d.logged) >= maxLogged {
		clear(d.logged)
	}
	s.source = strings.Clone(s.source) // which may be a piece of a packet
	d.logged[s] = struct{}{}
}

// Flush returns when every line so far has been written. It waits for the log as long as that takes.
func (d *Drops) Flush() { d.lines.flush() }

// hostOf takes the port away from an address.
func hostOf(source string) string {
	if addr, err := netip.ParseAddrPort(source); err == nil {
		return addr.Addr().Unmap().String()
	}
	return source
}

// cut keeps the beginning of a text, as valid UTF-8.
func cut(text string) string {
	if len(text) > maxText {
		text = text[:maxText] + "..."
	}
	return strings.ToValidUTF8(text, "")
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
