package broker

import (
	"bytes"
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
)

// Retained is a retained message as it is stored.
type Retained struct {
	Topic   string
	Payload []byte // not to be written to
	QoS     byte
	At      time.Time // when it was published; expiry counts from here
	Expiry  uint32    // MQTT 5 message expiry interval in seconds, 0 for none
	Props   []byte    // other MQTT 5 properties, as PUBLISH encodes them
}

// RetainedStore keeps retained messages over a restart. The broker calls it from one goroutine, for the newest state of a
// topic only.
type RetainedStore interface {
	PutRetained(r Retained) error
	DeleteRetained(topic string) error
	EachRetained(fn func(Retained) error) error
}

const sweepInterval = time.Minute // for retained messages that have expired

// retained holds the retained messages. They reach the store soon after, since the caller holds a lock of the bus.
type retained struct {
	store RetainedStore
	clock *clock
	limit int
	log   *slog.Logger
	wake  chan struct{}

	disk  *disk               // has when messages that expire were published; nil for none
	dated map[string]struct{} // topics that it has; for the goroutine that tells the store
	dates atomic.Int64        // how many

	mu    sync.RWMutex
	tree  topicTree
	dirty map[string]struct{} // changed since the store was told
}

func newRetained(store RetainedStore, c *clock, limit int, log *slog.Logger) *retained {
	return &retained{
		store: store, clock: c, limit: limit, log: log, wake: make(chan struct{}, 1),
		dirty: map[string]struct{}{}, dated: map[string]struct{}{},
	}
}

func (r *retained) load() error {
	if r.store == nil {
		return nil
	}
	dates := r.loadDates()
	err := r.store.EachRetained(func(m Retained) error {
		p := r.publication(&m)
		r.tree.set(m.Topic, p)
		switch {
		case m.Expiry == 0 || r.disk == nil:
		case p.date(dates, r.clock):
			r.dated[m.Topic] = struct{}{}
			delete(dates, hashOf(m.Topic))
		default:
			r.touchLocked(m.Topic)
		}
		return nil
	})
	r.dates.Store(int64(len(r.dated)))
	r.forgetDates(dates)
	return err
}

// set keeps p, or forgets its topic when the payload is empty. It reports false when there is no room for another topic.
func (r *retained) set(p *publication) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case len(p.payload) == 0:
		r.tree.remove(p.topic)
	case r.tree.len >= r.limit && r.tree.get(p.topic) == nil:
		return false
	default:
		r.tree.set(p.topic, p)
	}
	r.touchLocked(p.topic)
	return true
}

// touchLocked marks a topic for the store. The gateway's own status is made anew at each start.
func (r *retained) touchLocked(topic string) {
	if r.store == nil || strings.HasPrefix(topic, "$") {
		return
	}
	r.dirty[topic] = struct{}{}
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// match returns the retained message of each topic that the filter matches, in the order of topics.
func (r *retained) match(filter string) []*publication {
	r.mu.RLock()
	found := r.tree.match(filter)
	r.mu.RUnlock()
	now := r.clock.now()
	found = slices.DeleteFunc(found, func(p *publication) bool { return p.expired(now) })
	slices.SortFunc(found, func(a, b *publication) int { return strings.Compare(a.topic, b.topic) })
	return found
}

func (r *retained) len() int {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.tree.len
}

// run tells the store what changed, and removes what has expired.
func (r *retained) run(ctx context.Context) {
	sweep := time.NewTicker(sweepInterval)
	defer sweep.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-sweep.C:
			r.sweep(r.clock.now())
		case <-r.wake:
			if err := r.flush(); err != nil {
				r.log.Error("retained messages were not stored", "err", err)
			}
		}
	}
}

// flush brings the store up to date. What it could not take is not tried again until it changes.
func (r *retained) flush() error {
	r.mu.Lock()
	changed := r.dirty
	r.dirty = make(map[string]struct{})
	r.mu.Unlock()
	var first error
	for topic := range changed {
		r.mu.RLock()
		p := r.tree.get(topic)
		r.mu.RUnlock()
		var err error
		if p != nil {
			err = r.store.PutRetained(p.stored())
		} else {
			err = r.store.DeleteRetained(topic)
		}
		r.keepDate(topic, p)
		if first == nil {
			first = err
		}
	}
	return first
}

func (r *retained) sweep(now age) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var expired []string
	r.tree.each(func(p *publication) {
		if p.expired(now) {
			expired = append(expired, p.topic)
		}
	})
	for _, topic := range expired {
		r.tree.remove(topic)
		r.touchLocked(topic)
	}
}

// publication is a stored message as a new subscriber gets it.
func (r *retained) publication(m *Retained) *publication {
	p := &publication{topic: m.Topic, payload: m.Payload, qos: m.QoS, retain: true, at: m.At, expiry: m.Expiry, earlier: true}
	if len(m.Props) > 0 {
		var props packets.Properties
		if _, err := props.Decode(packets.Publish, bytes.NewBuffer(m.Props)); err == nil {
			p.props = &props
		}
	}
	if m.Expiry > 0 {
		gone := downtime(m.At, r.clock.wall()) // there may be better knowledge
		p.expires, p.since = max(r.clock.after(m.Expiry)-gone, 1), r.clock.counted()-gone
	}
	return p
}

// stored is the message as the store gets it.
func (p *publication) stored() Retained {
	return Retained{Topic: p.topic, Payload: p.payload, QoS: p.qos, At: p.at, Expiry: p.expiry, Props: p.encodeProps()}
}

// retain keeps p as the retained message of its topic.
func (b *Broker) retain(p *publication) {
	if !b.retained.set(p) {
		b.dropped("retained_full", p.topic)
	}
}
