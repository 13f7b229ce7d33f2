package app

import (
	"time"

	"gateway/internal/bridge"
	"gateway/internal/link"
	"gateway/internal/trace"
)

// statsEvent is what pages are told each second.
type statsEvent struct {
	At      time.Time           `json:"at"`
	Seq     uint64              `json:"seq"`
	Rates   map[string]float32  `json:"rates"` // a second
	Clients clientCounts        `json:"clients"`
	Rules   map[string]ruleNews `json:"rules"` // by id; those that changed
	Queues  queueFigures        `json:"queues"`
	Memory  memoryFigures       `json:"memory"`
	Health  string              `json:"health"`
}

type clientCounts struct {
	MQTT     int `json:"mqtt"`
	SocketIO int `json:"socketio"`
	Admin    int `json:"admin"`
}

type ruleNews struct {
	In        uint64            `json:"in"`
	Out       uint64            `json:"out"`
	Filtered  uint64            `json:"filtered"`
	Dropped   uint64            `json:"dropped"`
	LastError *bridge.RuleError `json:"last_error,omitempty"`
	Paused    *pausedNews       `json:"paused,omitempty"`
}

type pausedNews struct {
	Until  *time.Time `json:"until,omitempty"`
	Reason string     `json:"reason"`
}

type queueFigures struct {
	Links map[string]linkQueue `json:"links"`
}

type linkQueue struct {
	State   string  `json:"state"`
	Queued  int     `json:"queued"`
	OldestS float64 `json:"oldest_s"`
	Error   string  `json:"error,omitempty"`
}

// stats are the news since l.before; with full, of all rules.
func (l *live) stats(next figures, now time.Time, full bool) statsEvent {
	watching := l.g.surface.Watched()
	e := statsEvent{
		At: now, Seq: l.g.bus.Seq(), Rates: map[string]float32{}, Rules: l.ruleNews(full),
		Clients: clientCounts{MQTT: next.mqtt, SocketIO: max(0, next.connections-watching), Admin: watching},
		Queues:  queueFigures{l.g.linkQueues()}, Memory: memoryNow(), Health: l.g.healthState(),
	}
	rates := next.since(&l.before, now.Sub(l.at).Seconds())
	for i, name := range seriesNames() {
		e.Rates[name] = rates[i]
	}
	return e
}

func newsOf(s bridge.RuleStats) ruleNews {
	n := ruleNews{In: s.In, Out: s.Out, Filtered: s.Filtered, Dropped: s.Dropped, LastError: s.LastError}
	if !s.PausedUntil.IsZero() {
		n.Paused = &pausedNews{&s.PausedUntil, "its expressions were slow several times in a row"}
	}
	return n
}

func (l *live) ruleNews(full bool) map[string]ruleNews {
	if full {
		l.rules = nil
	}
	known := make(map[string]bridge.RuleStats, len(l.rules))
	news := map[string]ruleNews{}
	ids := l.g.rules.IDs()
	for _, s := range l.g.bridge.Stats() {
		known[s.Rule] = s
		if before, ok := l.rules[s.Rule]; ok && before == s {
			continue
		}
		id, ok := ids[s.Rule]
		if !ok {
			id = s.Rule
		}
		news[id] = newsOf(s)
	}
	l.rules = known
	return news
}

func (g *gateway) linkQueues() map[string]linkQueue {
	out := map[string]linkQueue{}
	for _, l := range g.links.all() {
		s := l.Stats()
		q := linkQueue{State: linkState(s.State), Queued: s.Queued, OldestS: age(s.Oldest)}
		if s.State != link.Connected {
			q.Error = s.LastError
		}
		out[l.name] = q
	}
	return out
}

// linkState is a link's state as the API names it.
func linkState(s link.State) string {
	switch s {
	case link.Connected:
		return "up"
	case link.Connecting:
		return "connecting"
	case link.Stopped:
		return "off"
	}
	return "down"
}

type dropsEvent struct {
	Items []dropItem `json:"items"`
}

type dropItem struct {
	Where  string `json:"where"`
	Reason string `json:"reason"`
	Rule   string `json:"rule,omitempty"`
	N      uint64 `json:"n"` // since the start
}

func itemOf(c trace.Count) dropItem { return dropItem{c.Where, c.Reason, c.Rule, c.N} }

// droppedSince are the kinds of drop that grew since pages were told.
func (l *live) droppedSince() (items []dropItem) {
	known := map[trace.Key]uint64{}
	for _, c := range l.g.drops.Counts() {
		known[c.Key] = c.N
		if l.drops != nil && l.drops[c.Key] != c.N {
			items = append(items, itemOf(c))
		}
	}
	l.drops = known
	return items
}

func (l *live) allDrops() []dropItem {
	items := []dropItem{}
	for _, c := range l.g.drops.Counts() {
		items = append(items, itemOf(c))
	}
	return items
}
