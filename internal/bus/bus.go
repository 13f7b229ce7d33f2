package bus

import (
	"context"
	"hash/maphash"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"gateway/internal/access"
	"gateway/internal/fault"
	"gateway/internal/trace"
	"gateway/pkg/mapping"
)

// LastValues keeps the newest message of each topic. The store's adapter implements it.
type LastValues interface {
	// Put keeps m as the newest of its topic. It is called under the topic's shard lock and must not block.
	Put(m *Message)
	// Delete forgets the topic.
	Delete(topic string)
	// Get returns the newest message of a topic.
	Get(topic string) (Message, bool)
	// Match calls fn with the newest message of each topic that the MQTT filter matches, until fn returns false.
	Match(filter string, fn func(Message) bool)
}

// Options are what a Bus is made of.
type Options struct {
	Values     LastValues
	LastSeq    uint64   // the highest sequence number known from earlier runs
	Exclude    []string // MQTT filters of topics that are commands: no last value is kept
	MaxPayload int      // bytes; 0 means 1 MiB
	RingSize   int      // messages kept for the traffic view, rounded up to a power of two; 0 means 16,384
	Now        func() time.Time
	// Instance names this gateway among those that it is linked with: [ValidInstance], the same for the life of the data
	// directory. "" leaves messages without trails.
	Instance string
	// Returned is told of a message that a linked gateway brings although it has been here: it is not published. ring says that
	// it went round. It is called under a lock of the bus, and must neither block nor publish.
	Returned func(m *Message, ring bool)
}

// Shards is how many locks the topics are spread over. One topic always has the same lock, which is what orders it.
const Shards = 64

// Bus sequences, keeps and fans out messages. Make one with [New].
type Bus struct {
	values     LastValues
	exclude    []string
	maxPayload int
	now        func() time.Time
	seed       maphash.Seed
	seq        atomic.Uint64
	shard      [Shards]sync.Mutex
	receivers  atomic.Pointer[[]receiver]
	attach     sync.Mutex
	ring       *ring
	stats      counters
	trails     trails
}

type receiver struct {
	name string
	fn   Receiver
	kind trace.Kind    // of the marks that say who of it got a message; None for receivers that mark for themselves
	mark *trace.Target // of these marks
}

// Receiver is called for each message, under its topic's lock and therefore in the topic's order. It must not block and must
// not publish: what it wants published goes to [Delivery.Derive], what has to reach a disk before the publisher is answered
// goes to [Delivery.Durable].
type Receiver func(d *Delivery)

// New returns a bus. Its sequence goes on above every number handed out before: from the highest stored one with room for
// what was lost in a crash, or from the clock in microseconds, whichever is more.
func New(o Options) *Bus {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.MaxPayload == 0 {
		o.MaxPayload = 1 << 20
	}
	b := &Bus{
		values: o.Values, exclude: o.Exclude, maxPayload: o.MaxPayload, now: o.Now,
		seed: maphash.MakeSeed(), ring: newRing(o.RingSize),
		trails: trails{self: o.Instance, seed: maphash.MakeSeed(), returned: o.Returned},
	}
	b.seq.Store(max(o.LastSeq+1_000_000, uint64(max(o.Now().UnixMicro(), 0))))
	b.receivers.Store(&[]receiver{})
	return b
}

// Attach adds a receiver and returns what removes it again. Receivers are called in the order in which they were attached.
func (b *Bus) Attach(name string, fn Receiver) (detach func()) {
	b.attach.Lock()
	defer b.attach.Unlock()
	entry := receiverOf(name, fn)
	list := append(append([]receiver{}, *b.receivers.Load()...), entry)
	b.receivers.Store(&list)
	return func() { b.detach(name) }
}

func (b *Bus) detach(name string) {
	b.attach.Lock()
	defer b.attach.Unlock()
	var rest []receiver
	for _, r := range *b.receivers.Load() {
		if r.name != name {
			rest = append(rest, r)
		}
	}
	b.receivers.Store(&rest)
}

// Publish checks, sequences, keeps and fans out m, and then everything that rules derived from it. When it returns without
// error the bus has it, and [Receipt.Wait] tells when every durable receiver has it on disk. It returns a *fault.Error with
// code denied, invalid or too_large; then nothing was published.
func (b *Bus) Publish(m Message) (Receipt, error) {
	if err := b.check(&m); err != nil {
		b.stats.refuse(fault.CodeOf(err))
		return Receipt{}, err
	}
	d := Delivery{Message: &m}
	if again, first := b.deliver(&d); again {
		return first, nil
	}
	receipt := Receipt{Seq: m.Seq, Heard: d.heard, Waiting: d.waiting, WaitsFor: d.waitsFor, waits: d.waits, bus: b}
	for i := range d.derived {
		d.derived[i].Trail = Trail{} // another message, which begins here
		derived, err := b.Publish(d.derived[i])
		if err != nil {
			continue // counted by the call itself; the message that caused it was published all the same
		}
		receipt.add(derived)
	}
	if d.enter != nil {
		receipt = d.enter(receipt)
	}
	return receipt, nil
}

// deliver fans out, unless a linked gateway has brought the message before: then it returns the receipt of that time. That is
// decided under the lock, so that of two ways one cannot overtake the other.
func (b *Bus) deliver(d *Delivery) (again bool, first Receipt) {
	m := d.Message
	if m.At.IsZero() {
		m.At = b.now()
	}
	if !m.Command {
		m.Command = b.IsCommand(m.Topic)
	}
	d.Shard = b.shardOf(m.Topic)
	b.shard[d.Shard].Lock()
	defer b.shard[d.Shard].Unlock()
	if m.Trail.Foreign() {
		if again, first, d.enter = b.trails.meet(m); again {
			return true, first
		}
	}
	m.Seq = b.seq.Add(1)
	b.keep(m)
	d.recorded = b.ring.add(m, d.Shard)
	b.stats.count(m)
	list := *b.receivers.Load()
	for i := range list {
		d.hand(&list[i])
	}
	return false, Receipt{}
}

func (b *Bus) keep(m *Message) {
	switch {
	case b.values == nil:
	case m.Deletes():
		b.values.Delete(m.Topic)
	case !m.Command && !strings.HasPrefix(m.Topic, "$"):
		b.values.Put(m)
	}
}

func (b *Bus) check(m *Message) error {
	if err := mapping.ValidTopic(m.Topic); err != nil {
		return fault.New(fault.Invalid, "topic %q: %w", clip(m.Topic), err)
	}
	if len(m.Payload) > b.maxPayload {
		return fault.New(fault.TooLarge, "payload of %d bytes on %q: the limit is %d", len(m.Payload), clip(m.Topic), b.maxPayload)
	}
	if m.QoS > 2 {
		return fault.New(fault.Invalid, "qos %d: use 0, 1 or 2", m.QoS)
	}
	if m.Hops > MaxHops {
		return fault.New(fault.Invalid, "topic %q: passed more than %d rules, which is a loop", clip(m.Topic), MaxHops)
	}
	if m.Principal == nil || !access.Check(m.Principal, access.Write, m.Topic) {
		return fault.New(fault.Denied, "topic %q: %s may not publish to it", clip(m.Topic), m.Principal)
	}
	return nil
}

// IsCommand reports whether a topic is one of state.exclude: what arrives there is never kept nor replayed.
func (b *Bus) IsCommand(topic string) bool {
	for _, f := range b.exclude {
		if mapping.MatchFilter(f, topic) {
			return true
		}
	}
	return false
}

// Barrier runs fn while no message is being fanned out, and hands it the sequence number of the newest one: every message up
// to it has reached all receivers, every later one will see what fn did. fn must be short and must not publish.
func (b *Bus) Barrier(fn func(seq uint64)) {
	for i := range b.shard {
		b.shard[i].Lock()
	}
	defer func() {
		for i := range b.shard {
			b.shard[i].Unlock()
		}
	}()
	fn(b.seq.Load())
}

// Last returns the newest message of a topic.
func (b *Bus) Last(topic string) (Message, bool) { return b.values.Get(topic) }

// Values calls fn with the newest message of each topic that the MQTT filter matches, until fn returns false.
func (b *Bus) Values(filter string, fn func(Message) bool) { b.values.Match(filter, fn) }

// Recent returns up to limit of the newest messages, oldest first. They are copies: payloads are cut at 1 KiB, topics at 256
// bytes, and user properties are left out.
func (b *Bus) Recent(limit int) []*Message { return b.ring.recent(b.seq.Load(), limit) }

// Seq returns the newest sequence number.
func (b *Bus) Seq() uint64 { return b.seq.Load() }

// Locked runs fn while no message of the topic is being fanned out. fn must be short and must not publish.
func (b *Bus) Locked(topic string, fn func()) {
	lock := &b.shard[b.shardOf(topic)]
	lock.Lock()
	defer lock.Unlock()
	fn()
}

func (b *Bus) shardOf(topic string) int { return int(maphash.String(b.seed, topic) % Shards) }

// clip keeps a hostile topic from filling a log line.
func clip(s string) string {
	const limit = 100
	if len(s) > limit {
		return s[:limit] + "…"
	}
	return s
}

// Receipt is what the publisher of a message holds. What rules derived from the message is counted in.
type Receipt struct {
	Seq      uint64
	Again    bool   // a linked gateway had brought the message before: it was not published a second time
	Heard    int    // receivers that are connected now and got it: MQTT sessions, links, sockets
	Waiting  int    // receivers that are not, and for which it was queued
	WaitsFor string // the first of these, in words: `link "house"`; empty for none
	waits    []func(context.Context) error
	bus      *Bus
}

// add counts in what became of a derived message.
func (r *Receipt) add(derived Receipt) {
	r.Heard += derived.Heard
	r.Waiting += derived.Waiting
	if r.WaitsFor == "" {
		r.WaitsFor = derived.WaitsFor
	}
	r.waits = append(r.waits, derived.waits...)
}

// Wait blocks until every durable receiver has the message on disk, and returns the first failure. Without durable receivers
// it returns at once.
func (r Receipt) Wait(ctx context.Context) error {
	for _, wait := range r.waits {
		if err := wait(ctx); err != nil {
			r.bus.noteAck(r.Seq, trace.Unkept)
			return err
		}
	}
	if len(r.waits) > 0 {
		r.bus.noteAck(r.Seq, trace.Sent)
	}
	return nil
}

// Durable reports whether there is anything to wait for.
func (r Receipt) Durable() bool { return len(r.waits) > 0 }

// Delivery is one message on its way to the receivers.
type Delivery struct {
	Message *Message
	Shard   int // of the topic: what a receiver keeps for each shard needs no lock of its own

	recorded *Recorded
	enter    func(Receipt) Receipt // for what a linked gateway brings; nil for all else
	derived  []Message
	waits    []func(context.Context) error

	heard    int
	waiting  int
	waitsFor string
	lost     int
}

// Derive publishes m once the lock of the current topic is free, before the publisher of the current message is answered.
func (d *Delivery) Derive(m Message) { d.derived = append(d.derived, m) }

// Durable makes the publisher's receipt wait for the given commit.
func (d *Delivery) Durable(wait func(context.Context) error) { d.waits = append(d.waits, wait) }

// Heard notes that a receiver that is connected now got the message.
func (d *Delivery) Heard() { d.heard++ }

// Waits notes that the message was queued for a receiver that is not connected, named in words.
func (d *Delivery) Waits(who string) {
	d.waiting++
	if d.waitsFor == "" {
		d.waitsFor = who
	}
}

// Lost notes that the message did not fit what a receiver can still take.
func (d *Delivery) Lost() { d.lost++ }
