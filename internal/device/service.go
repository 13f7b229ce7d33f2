package device

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"gateway/internal/access"
	"gateway/internal/bus"
	"gateway/internal/records"
	"gateway/internal/trace"
)

// The buckets; their keys are ids of boards, or versions of bundles.
const (
	bucketBoards  = "boards"
	bucketShadows = "board_shadows"
	bucketMemory  = "board_memory"
	bucketBundles = "board_bundles"
)

const (
	writeUrgent = time.Minute      // errors and outcomes of updates are on disk after
	writeRest   = 10 * time.Minute // what only costs a few values when it is lost: SD cards wear out
	helloWithin = 10 * time.Minute // after an update a board has to be back
	pullWithin  = time.Minute      // between two chunks of an update
)

// Options are what a Service is made of.
type Options struct {
	Records records.Store
	Bus     *bus.Bus // nil: boards can be added and removed only
	// Taken reports whether an id names somebody else already: a token or a user. May be nil.
	Taken func(id string) bool
	// Builtin are the files of the bundle that comes with the gateway; nil for none.
	Builtin *Bundle
	// Changed is told of each change of a board, for pages that show it. It must not block. May be nil.
	Changed func(Change)
	// RolledOut is told of each change of a rollout, likewise. May be nil.
	RolledOut func(RolloutChange)
	Drops     *trace.Drops
	Logger    *slog.Logger // nil means nowhere
	Now       func() time.Time
}

// Change is something new about a board.
type Change struct {
	ID    string  `json:"id"`
	Board *Board  `json:"board,omitempty"` // as it is now; nil when it was removed, or when only lines came
	Lines []Line  `json:"lines,omitempty"` // new lines of its log
	Vital *Vitals `json:"vital,omitempty"`
	Gone  bool    `json:"gone,omitempty"` // it was removed
}

// Service holds all boards in memory, and writes each change of them before it is in force.
type Service struct {
	Options
	decoy  string        // key of the keys of boards that do not exist
	sets   chan *set     // desired documents that came over the bus
	attach func()        // puts the service on the bus, once
	done   chan struct{} // Run has ended
	self   *access.Principal

	stopping atomic.Bool   // the gateway ends: boards that go now do not go by themselves
	look     chan struct{} // to Run: a board of the rollout under way has changed
	rollouts sync.Mutex    // guards rolled; taken before the lock of a board
	rolled   []*Rollout    // oldest first

	writing sync.Mutex // held by whoever adds or removes boards and bundles, over the write to disk; taken before mu

	mu      sync.RWMutex // never held while something is published: the bus calls receive, which takes it
	boards  map[string]*board
	bundles map[string]*Bundle
}

// New loads what is known. Call [Service.Run] to have boards served.
func New(o Options) (*Service, error) {
	s := &Service{
		Options: o, decoy: randomHex(keyBytes), sets: make(chan *set, maxSets), done: make(chan struct{}), look: make(chan struct{}, 1), self: access.System(),
		boards: map[string]*board{}, bundles: map[string]*Bundle{},
	}
	if s.Logger == nil {
		s.Logger = slog.New(slog.DiscardHandler)
	}
	if s.Now == nil {
		s.Now = time.Now
	}
	if s.Taken == nil {
		s.Taken = func(string) bool { return false }
	}
	if s.Options.Changed == nil {
		s.Options.Changed = func(Change) {}
	}
	if s.RolledOut == nil {
		s.RolledOut = func(RolloutChange) {}
	}
	s.attach = sync.OnceFunc(func() {
		if s.Bus != nil {
			s.Bus.Attach("devices", s.receive)
		}
	})
	if err := s.load(); err != nil {
		return nil, err
	}
	if len(s.boards) > 0 {
		s.attach()
	}
	return s, nil
}

func (s *Service) load() error {
	err := records.Each(s.Records, bucketBoards, func(id string, r *record) { s.boards[id] = newBoard(id, *r) })
	if err != nil {
		return err
	}
	if err := records.Each(s.Records, bucketShadows, func(id string, k *keptShadow) { s.known(id).shadow.load(k) }); err != nil {
		return err
	}
	if err := records.Each(s.Records, bucketMemory, func(id string, m *memory) { s.known(id).remember(*m, s.Now()) }); err != nil {
		return err
	}
	if err := s.loadRollouts(); err != nil {
		return err
	}
	return s.loadBundles()
}

// known is a board while records are loaded; one that came with a token has no record of its own.
func (s *Service) known(id string) *board {
	b := s.boards[id]
	if b == nil {
		b = newBoard(id, record{Name: id})
		b.token = true
		s.boards[id] = b
	}
	return b
}

// remember takes what was kept of a board. An update that was under way may be lost.
func (b *board) remember(m memory, now time.Time) {
	b.kept = m
	b.lines = slices.Clone(m.Errors)
	if m.LastSeen != nil {
		b.seen = *m.LastSeen
	}
	switch u := m.Update; {
	case u == nil || u.State.Ended():
	case u.State == Restarting: // the new build may still say that it runs
		b.update = &running{Update: *u, heard: now}
	default:
		u.end(Failed, gatewayRestarted, now)
	}
}

func (s *Service) find(id string) *board {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.boards[id]
}

// all returns the boards by id.
func (s *Service) all() []*board {
	s.mu.RLock()
	defer s.mu.RUnlock()
	list := make([]*board, 0, len(s.boards))
	for _, b := range s.boards {
		list = append(list, b)
	}
	slices.SortFunc(list, func(x, y *board) int { return cmp.Compare(x.id, y.id) })
	return list
}

// Run says where boards are, takes what they are to be from the bus, watches updates, and writes what it remembers, until ctx
// ends.
func (s *Service) Run(ctx context.Context) {
	defer close(s.done)
	for _, b := range s.all() {
		s.comeBack(b)
	}
	s.stepRollout(ctx, s.Now())
	tick := time.NewTicker(5 * time.Second)
	defer tick.Stop()
	wrote, wroteAll := s.Now(), s.Now()
	for {
		select {
		case <-ctx.Done():
			s.flush(true)
			return
		case m := <-s.sets:
			m.finish(s.merge(m.id, m.patch))
			continue
		case <-s.look:
			s.stepRollout(ctx, s.Now())
			continue
		case <-tick.C:
		}
		now := s.Now()
		s.watchUpdates(now)
		s.watchSilence(now)
		s.stepRollout(ctx, now)
		if now.Sub(wrote) >= writeUrgent {
			all := now.Sub(wroteAll) >= writeRest
			s.flush(all)
			if wrote = now; all {
				wroteAll = now
			}
		}
	}
}

// Stopping is called before the gateway cuts its connections: what ends from now on is not the boards' fault.
func (s *Service) Stopping() { s.stopping.Store(true) }

// comeBack is for a board at the start: what it reported last is on the bus, and if it was online when the gateway ended, it is
// not any more.
func (s *Service) comeBack(b *board) {
	if s.Bus == nil {
		return
	}
	b.saying.Lock()
	defer b.saying.Unlock()
	if m, ok := s.Bus.Last(topicOf(b.id, "shadow/reported")); ok {
		if doc, err := parseDocument("the reported document", m.Payload); err == nil {
			b.mu.Lock()
			b.shadow.reported = doc
			b.mu.Unlock()
		}
	}
	b.mu.Lock()
	here := b.session != nil
	b.mu.Unlock()
	if m, ok := s.Bus.Last(topicOf(b.id, "status")); !here && ok && string(m.Payload) != offline {
		s.say(b.id, "status", []byte(offline))
	}
}

// flush writes what is remembered of boards where it has changed; only what is urgent unless all.
func (s *Service) flush(all bool) {
	for _, b := range s.all() {
		b.mu.Lock()
		due := b.unsaved && (all || b.urgent) && !b.removed
		m, k := b.memory(), b.shadow.keep()
		if due {
			b.unsaved, b.urgent = false, false
		}
		b.mu.Unlock()
		if !due {
			continue
		}
		err := records.Put(s.Records, bucketMemory, b.id, m)
		if err == nil && !k.empty() {
			err = records.Put(s.Records, bucketShadows, b.id, k)
		}
		if err != nil {
			s.Logger.Debug("what a board said was not written", "device", b.id, "err", err)
			b.mu.Lock()
			b.unsaved = true
			b.mu.Unlock()
		}
	}
}

// memory is what to keep; called with b.mu held.
func (b *board) memory() memory {
	m := b.kept
	if !b.seen.IsZero() {
		at := b.seen.UTC().Truncate(time.Second)
		m.LastSeen = &at
	}
	m.Errors = nil
	for _, l := range b.lines {
		if l.bad() {
			m.Errors = append(m.Errors, l)
		}
	}
	m.Errors = m.Errors[max(0, len(m.Errors)-keptErrors):]
	if b.update != nil {
		u := b.update.Update
		m.Update = &u
	}
	return m
}

// say publishes something about a board, retained. Called with b.saying held, and no other lock.
func (s *Service) say(id, rest string, payload []byte) {
	if s.Bus == nil {
		return
	}
	_, err := s.Bus.Publish(bus.Message{
		Topic: topicOf(id, rest), Payload: payload, Retain: true, Origin: bus.Origin{Adapter: bus.FromGateway, Conn: "devices"}, Principal: s.self,
	})
	if err != nil {
		s.Logger.Error("what is known of a board was not published", "device", id, "err", err)
	}
}

func (s *Service) drop(reason, source, detail string) {
	if s.Drops != nil {
		s.Drops.Add(trace.Key{Where: "devices", Reason: reason}, source, detail)
	}
}

// changed tells pages what a board is now.
func (s *Service) changed(b *board) {
	b.mu.Lock()
	removed := b.removed
	b.mu.Unlock()
	if removed {
		return // that it is gone is told; it must not come back by what is told late
	}
	v := s.view(b)
	s.Options.Changed(Change{ID: b.id, Board: &v})
	s.lookAtRollout()
}
