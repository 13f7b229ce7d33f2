package bridge

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"time"

	"gateway/internal/trace"
	"gateway/pkg/mapping"
)

// limitKey is what rate, dedupe and deadband are kept for.
type limitKey struct{ rule, topic string }

// limit is the memory of one rule for one topic. It is touched under the topic's lock only.
type limit struct {
	tokens   float64 // of the rate's bucket
	refilled time.Time

	sentAt time.Time // last event that went out
	sent   mapping.Value
	number float64 // its payload as a number; NaN when it is none

	pending *pending
}

// pending is the newest event that the rate held back (over = "latest").
type pending struct {
	route    *route
	emission Emission
	timer    *time.Timer
}

// maxLimits bounds the memory of one shard; beyond it the memory starts afresh, which may let one event more through.
const maxLimits = 4096

// limited sends e now, later or never, as the rule's rate, dedupe and deadband say.
func (b *Bridge) limited(shard int, r *route, e Emission) {
	l := b.limitOf(shard, r, e.Message.Topic)
	now := b.now()
	repeats := l.repeats(r.Rule, &e, now)
	if repeats || l.within(r.Rule, &e) {
		reason := trace.Deadband
		if repeats {
			reason = trace.Dedupe
		}
		b.note(e.Message, r, reason)
		r.counters.filtered.Add(1)
		if l.pending != nil { // an older value must not be what comes out last
			l.pending.route, l.pending.emission = r, e
		}
		return
	}
	wait := l.wait(r.Rule, now)
	if wait <= 0 {
		l.cancel()
		l.took(&e, now)
		b.send(r, &e)
		return
	}
	if r.Rule.Spec().Over == mapping.OverDrop {
		b.note(e.Message, r, trace.RateDrop)
		r.counters.filtered.Add(1)
		return
	}
	b.note(e.Message, r, trace.RateHeld)
	b.hold(l, r, e, wait)
}

func (b *Bridge) limitOf(shard int, r *route, topic string) *limit {
	s := &b.shards[shard]
	key := limitKey{r.Rule.Name(), topic}
	l := s.limits[key]
	if l == nil {
		if len(s.limits) >= maxLimits {
			b.flushLimits(s, nil)
		}
		n, _, _ := r.Rule.Rate()
		l = &limit{tokens: float64(n), refilled: b.now(), number: math.NaN()}
		s.limits[key] = l
	}
	return l
}

// hold keeps e as the newest of those held back, in the place of an older one.
func (b *Bridge) hold(l *limit, r *route, e Emission, wait time.Duration) {
	if l.pending != nil {
		r.counters.filtered.Add(1)
		l.pending.route, l.pending.emission = r, e
		return
	}
	p, topic := &pending{route: r, emission: e}, e.Message.Topic
	p.timer = time.AfterFunc(wait, func() { b.release(topic, l, p) })
	l.pending = p
}

// release sends what was held back, unless something newer went out or the rules changed meanwhile.
func (b *Bridge) release(topic string, l *limit, p *pending) {
	b.bus.Locked(topic, func() {
		if l.pending != p {
			return
		}
		l.pending = nil
		l.wait(p.route.Rule, b.now())
		l.took(&p.emission, b.now())
		b.send(p.route, &p.emission)
	})
}

func (l *limit) cancel() {
	if l.pending != nil {
		l.pending.timer.Stop()
		l.pending = nil
	}
}

func (l *limit) took(e *Emission, now time.Time) {
	l.sentAt, l.sent, l.number = now, e.Value, numberOf(e.Value)
}

// repeats reports whether e says what was said less than dedupe ago.
func (l *limit) repeats(rule *mapping.Compiled, e *Emission, now time.Time) bool {
	window := rule.Dedupe()
	return window > 0 && !l.sentAt.IsZero() && now.Sub(l.sentAt) < window &&
		e.Value.IsBinary == l.sent.IsBinary && bytes.Equal(e.Value.JSON, l.sent.JSON) && bytes.Equal(e.Value.Binary, l.sent.Binary)
}

// within reports whether e is a number closer than deadband to the one sent before.
func (l *limit) within(rule *mapping.Compiled, e *Emission) bool {
	band, ok := rule.Deadband()
	return ok && math.Abs(numberOf(e.Value)-l.number) < band // false when either is no number
}

// wait takes a token of the rule's rate, or returns how long it is until there is one.
func (l *limit) wait(rule *mapping.Compiled, now time.Time) time.Duration {
	n, per, ok := rule.Rate()
	if !ok {
		return 0
	}
	l.tokens = min(float64(n), l.tokens+float64(n)*float64(now.Sub(l.refilled))/float64(per))
	l.refilled = now
	if l.tokens >= 1 {
		l.tokens--
		return 0
	}
	return time.Duration((1-l.tokens)*float64(per)/float64(n)) + time.Millisecond
}

func limitedBy(rule *mapping.Compiled) bool {
	_, _, rate := rule.Rate()
	_, band := rule.Deadband()
	return rate || band || rule.Dedupe() > 0
}

// flushLimits forgets the limits of a shard but for those of the rules to keep. What they hold back is sent: it would be the
// newest value that nobody hears of.
func (b *Bridge) flushLimits(s *shard, keep map[string]bool) {
	for key, l := range s.limits {
		if keep[key.rule] {
			continue
		}
		if p := l.pending; p != nil {
			l.cancel()
			b.send(p.route, &p.emission)
		}
		delete(s.limits, key)
	}
}

func numberOf(v mapping.Value) float64 {
	if v.IsBinary {
		return math.NaN()
	}
	n, err := strconv.ParseFloat(string(bytes.TrimSpace(json.RawMessage(v.JSON))), 64)
	if err != nil {
		return math.NaN()
	}
	return n
}
