// Package bridge applies the mappings: what the bus has becomes socket.io events, and socket.io events become messages of the
// bus. It knows rules and messages but no socket: who receives is the [Emitter]'s business.
package bridge

import (
	"reflect"
	"sync"
	"sync/atomic"
	"time"

	"gateway/internal/bus"
	"gateway/internal/trace"
	"gateway/pkg/mapping"
)

// Emitter delivers mapped events. The socket.io adapter implements it.
type Emitter interface {
	// Live reports whether anybody is in a namespace. It is asked before an event is encoded and must be cheap.
	Live(namespace string) bool
	// Emit queues e for its audience and must not block.
	Emit(e *Emission)
}

// Emission is one event for one audience.
type Emission struct {
	*Audience
	Event   string
	Value   mapping.Value
	Message *bus.Message
	Meta    bool   // send meta as the second argument
	Except  string // socket id that must not get it: where the message came from

	Receivers, Lost int // how many got it, and how many it was lost to; the Emitter fills them in
}

// Audience is who an event is for: the sockets of a namespace that hear a rule. It is made once for each topic.
type Audience struct {
	Namespace string
	Group     string // see [GroupOf]
	Key       string // the rule and topic: a receiver that is behind may skip to the newest event with the same key
}

// GroupOf names the sockets that hear a rule: those in a room when room is not empty, those of one principal when client is
// not empty. No name of a rule, room or client can run into another.
func GroupOf(rule, room, client string) string {
	if room == "" && client == "" {
		return rule
	}
	return rule + "\x00" + room + "\x00" + client
}

func audienceOf(r mapping.Route) Audience {
	return Audience{r.Namespace, GroupOf(r.Rule.Name(), r.Room, r.Client), r.Rule.Name() + "\x00" + r.Topic}
}

// Bridge applies one mapping table at a time. Make one with [New].
type Bridge struct {
	bus     *bus.Bus
	emitter Emitter
	drops   *trace.Drops
	now     func() time.Time

	reload  sync.Mutex // one Apply at a time
	table   atomic.Pointer[mapping.Table]
	stats   atomic.Pointer[map[string]*counters]
	shards  [bus.Shards]shard
	replies replies
	open    atomic.Int64 // requests of MQTT 5 clients that wait for a socket's answer
}

// shard is what the bridge remembers about the topics of one shard of the bus; it is touched under that shard's lock only.
type shard struct {
	routes map[string][]route
	limits map[limitKey]*limit
}

// route is one rule for one topic, with what every message would otherwise ask for again.
type route struct {
	mapping.Route
	audience Audience
	counters *counters
	limited  bool // has rate, dedupe or deadband
	meta     bool // meta = "always"
	echo     bool

	expressions bool // runs code of its author
	target      *trace.Target
}

// maxRoutes bounds the topics whose routes one shard remembers; a flood of new topics costs time, not memory.
const maxRoutes = 4096

// New returns a bridge without rules, attached to the bus.
func New(b *bus.Bus, emitter Emitter, drops *trace.Drops) *Bridge {
	br := &Bridge{bus: b, emitter: emitter, drops: drops, now: time.Now}
	br.replies.init()
	none, _ := mapping.Compile(nil)
	br.swap(none)
	b.Attach("bridge", br.receive)
	return br
}

// Table returns the rules in force.
func (b *Bridge) Table() *mapping.Table { return b.table.Load() }

// Apply puts a new table in force between two messages. within runs while no message is on its way, so that the caller can
// move its sockets to the new rules' groups; it may be nil.
func (b *Bridge) Apply(t *mapping.Table, within func(seq uint64)) {
	b.reload.Lock()
	defer b.reload.Unlock()
	b.bus.Barrier(func(seq uint64) {
		b.swap(t)
		if within != nil {
			within(seq)
		}
	})
}

func (b *Bridge) swap(t *mapping.Table) {
	old := b.stats.Load()
	stats := make(map[string]*counters, t.Len())
	for _, r := range t.Rules() {
		stats[r.Name()] = &counters{}
		if old != nil && (*old)[r.Name()] != nil {
			stats[r.Name()] = (*old)[r.Name()]
		}
	}
	keep := unchanged(b.table.Load(), t)
	b.stats.Store(&stats)
	b.table.Store(t)
	for i := range b.shards {
		s := &b.shards[i]
		b.flushLimits(s, keep)
		s.routes = map[string][]route{}
		if s.limits == nil {
			s.limits = map[limitKey]*limit{}
		}
	}
}

// unchanged names the rules that say the same in both tables.
func unchanged(old, next *mapping.Table) map[string]bool {
	keep := map[string]bool{}
	if old == nil {
		return keep
	}
	before := make(map[string]*mapping.Compiled, old.Len())
	for _, r := range old.Rules() {
		before[r.Name()] = r
	}
	for _, r := range next.Rules() {
		keep[r.Name()] = Same(before[r.Name()], r)
	}
	return keep
}

// Same reports whether two rules say the same, wherever they are written; nil says nothing.
func Same(a, b *mapping.Compiled) bool {
	if a == nil || b == nil || a == b {
		return a == b
	}
	x, y := a.Spec(), b.Spec()
	x.Pos, y.Pos = mapping.Pos{}, mapping.Pos{}
	return reflect.DeepEqual(x, y)
}

// receive is the bridge's end of the bus.
func (b *Bridge) receive(d *bus.Delivery) {
	for i, routes := 0, b.routesOf(d.Shard, d.Message.Topic); i < len(routes); i++ {
		b.outbound(d, &routes[i])
	}
	b.replies.offer(d.Message)
}

func (b *Bridge) routesOf(shard int, topic string) []route {
	s := &b.shards[shard]
	if routes, ok := s.routes[topic]; ok {
		return routes
	}
	if len(s.routes) >= maxRoutes {
		clear(s.routes)
	}
	routes := b.resolve(topic)
	s.routes[topic] = routes
	return routes
}

func (b *Bridge) resolve(topic string) []route {
	found := b.table.Load().Routes(nil, topic)
	stats := *b.stats.Load()
	routes := make([]route, len(found))
	for i, r := range found {
		routes[i] = route{
			Route:    r,
			audience: audienceOf(r),
			counters: stats[r.Rule.Name()],
			limited:  limitedBy(r.Rule),
			meta:     r.Rule.Spec().Meta == mapping.MetaAlways,
			echo:     r.Rule.Spec().Echo,

			expressions: hasExpressions(r.Rule),
			target:      targetOf(r),
		}
	}
	return routes
}

// targetOf says where a rule sends the messages of a topic.
func targetOf(r mapping.Route) *trace.Target {
	t := &trace.Target{Rule: r.Rule.Name(), Name: r.To}
	if r.To == "" {
		t.Name = r.Namespace + " " + r.Event
	}
	return t
}

// note marks what a rule made of a message.
func (b *Bridge) note(m *bus.Message, r *route, reason trace.Reason) {
	b.bus.Note(m, trace.Mark{Kind: trace.Rule, Target: r.target, Reason: reason})
}

// drop counts a message that a rule did not pass on.
func (b *Bridge) drop(r *route, reason, source, detail string) {
	r.counters.dropped.Add(1)
	b.drops.Add(trace.Key{Where: "mapping", Reason: reason, Rule: r.Rule.Name()}, source, detail)
}
