package device

import (
	"context"
	"encoding/json"
	"time"

	"gateway/internal/bus"
	"gateway/internal/fault"
	"gateway/internal/records"
	"gateway/internal/trace"
)

// shadow is what a board is to be, and what it says that it is.
type shadow struct {
	desired, reported Document
	version           uint64 // of desired; grows by one with each change
	applied           uint64 // the version that the board says it has made true
	changedAt         time.Time
	reportedAt        time.Time
}

// keptShadow is a shadow on disk.
type keptShadow struct {
	Desired    json.RawMessage `json:"desired"`
	Reported   json.RawMessage `json:"reported"`
	Version    uint64          `json:"version"`
	Applied    uint64          `json:"applied"`
	ChangedAt  time.Time       `json:"changed_at"`
	ReportedAt time.Time       `json:"reported_at"`
}

func (k *keptShadow) empty() bool { return k.Version == 0 && k.ReportedAt.IsZero() }

func (d *shadow) keep() *keptShadow {
	return &keptShadow{d.desired.text(), d.reported.text(), d.version, d.applied, d.changedAt, d.reportedAt}
}

func (d *shadow) load(k *keptShadow) {
	d.desired, _ = parseDocument("desired", k.Desired) // what is not readable is empty: it was written by keep
	d.reported, _ = parseDocument("reported", k.Reported)
	d.version, d.applied, d.changedAt, d.reportedAt = k.Version, k.Applied, k.ChangedAt, k.ReportedAt
}

// Desire merges a JSON merge patch (RFC 7396) into what a board is to be. When it returns, the result is on disk; the board
// gets it at once, or when it comes back.
func (s *Service) Desire(id string, patch json.RawMessage) (Shadow, error) {
	b := s.find(id)
	if b == nil {
		return Shadow{}, notFound("board", id)
	}
	doc, err := parseDocument("the desired document", patch)
	if err != nil {
		return Shadow{}, err
	}
	if err := s.merge(id, doc); err != nil {
		return Shadow{}, err
	}
	return s.Shadow(id)
}

func (s *Service) merge(id string, patch Document) error {
	b := s.find(id)
	if b == nil {
		return notFound("board", id)
	}
	b.saying.Lock()
	defer b.saying.Unlock()
	b.mu.Lock()
	next := b.shadow
	next.desired = merge(next.desired, patch)
	same := len(diff(b.shadow.desired, next.desired)) == 0
	b.mu.Unlock()
	if same {
		return nil
	}
	if err := bounded("the desired document", next.desired); err != nil {
		return err
	}
	next.version++
	next.changedAt = s.Now().UTC()
	if err := records.Put(s.Records, bucketShadows, id, next.keep()); err != nil {
		return err
	}
	b.mu.Lock()
	b.shadow.desired, b.shadow.version, b.shadow.changedAt = next.desired, next.version, next.changedAt // reported may be newer
	x, d := b.session, delta(next.desired, b.shadow.reported)
	b.mu.Unlock()
	s.say(id, "shadow/desired", next.desired.text())
	s.say(id, "shadow/delta", d.text())
	if x != nil {
		x.bring()
	}
	s.changed(b)
	return nil
}

// bring has the board told what it is to be, if it does not know it yet. There is one who tells at a time: what changes
// meanwhile goes along with the next.
func (x *Session) bring() {
	b := x.b
	b.mu.Lock()
	defer b.mu.Unlock()
	if x.syncing || b.session != x || x.version == b.shadow.version {
		return
	}
	x.syncing = true
	go x.sync()
}

// How a board is told: a patch, and everything where it does not fit.
const (
	tellWithin = 15 * time.Second
	tellTries  = 3
)

type shadowEvent struct {
	Desired json.RawMessage `json:"desired"`
	Version uint64          `json:"version"`
	Base    uint64          `json:"base"`
	Full    bool            `json:"full,omitempty"`
}

func (x *Session) sync() {
	full := false
	for tries := 0; tries < tellTries; {
		e, doc, due := x.next(full)
		if !due {
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), tellWithin)
		answer, err := x.conn.Call(ctx, "$shadow", e)
		cancel()
		var a ok
		if err == nil && json.Unmarshal(answer, &a) == nil && a.OK {
			x.took(doc, e.Version)
			tries, full = 0, false
			continue
		}
		tries, full = tries+1, true
	}
	x.b.mu.Lock()
	x.syncing = false
	x.b.mu.Unlock()
	x.s.drop("shadow", x.b.id, "the board does not take what it is to be")
	x.conn.Close() // it comes back, and is told everything
}

// next is what to tell the board; due is false when it knows everything, or is gone, and then nobody tells it any more.
func (x *Session) next(full bool) (e shadowEvent, doc Document, due bool) {
	x.b.mu.Lock()
	defer x.b.mu.Unlock()
	d := &x.b.shadow
	if x.b.session != x || x.version == d.version {
		x.syncing = false
		return e, nil, false
	}
	e = shadowEvent{Version: d.version, Base: x.version, Full: full}
	if full {
		e.Desired = d.desired.text()
	} else {
		e.Desired = diff(x.has, d.desired).text()
	}
	return e, d.desired, true
}

func (x *Session) took(doc Document, version uint64) {
	x.b.mu.Lock()
	defer x.b.mu.Unlock()
	x.has, x.version = doc, version
}

// report takes {reported, version} from a board. It is written to disk later: it is on the bus, which keeps it.
func (x *Session) report(data json.RawMessage) (any, error) {
	var r struct {
		Reported json.RawMessage `json:"reported"`
		Version  uint64          `json:"version"`
	}
	if err := parse("$shadow", data, &r); err != nil {
		return nil, err
	}
	patch, err := parseDocument("the reported document", r.Reported)
	if err != nil {
		return nil, err
	}
	b := x.b
	b.saying.Lock()
	defer b.saying.Unlock()
	b.mu.Lock()
	next := merge(b.shadow.reported, patch)
	if err := bounded("the reported document", next); err != nil {
		b.mu.Unlock()
		return nil, err
	}
	b.shadow.reported, b.shadow.reportedAt = next, x.s.Now().UTC()
	b.shadow.applied = min(r.Version, b.shadow.version)
	b.unsaved = true
	version, d := b.shadow.version, delta(b.shadow.desired, next)
	b.mu.Unlock()
	x.s.say(b.id, "shadow/reported", next.text())
	x.s.say(b.id, "shadow/delta", d.text())
	x.s.changed(b)
	return struct {
		OK      bool   `json:"ok"`
		Version uint64 `json:"version"`
	}{true, version}, nil
}

// maxSets is how many desired documents that came over the bus may wait for the disk.
const maxSets = 256

// set is a desired document that came over the bus.
type set struct {
	id    string
	patch Document
	done  chan struct{}
	err   error
}

func (m *set) finish(err error) {
	m.err = err
	close(m.done)
}

// receiveDesired takes what was published to devices/<id>/shadow/desired/set. The publisher's acknowledgement waits until it is
// on disk, and says why when it cannot be.
func (s *Service) receiveDesired(d *bus.Delivery, b *board) {
	m := &set{id: b.id, done: make(chan struct{})}
	mark := trace.Mark{Kind: trace.Desired, Target: b.mark, Reason: trace.Failed}
	doc, err := parseDocument("the desired document", d.Message.Payload)
	m.patch = doc
	switch {
	case d.Message.Deletes():
		return // the retained one is deleted, and that says nothing about the board
	case err != nil:
		s.drop("shadow", b.id, err.Error())
		m.finish(err)
	default:
		select {
		case s.sets <- m:
			d.Heard()
			mark.Receivers, mark.Reason = 1, trace.Sent
		default:
			s.drop("shadow", b.id, "too many at once")
			m.finish(fault.New(fault.RateLimited, "%d desired documents wait for the disk already", maxSets))
		}
	}
	s.Bus.Note(d.Message, mark)
	d.Durable(func(ctx context.Context) error {
		select {
		case <-m.done:
			return m.err
		case <-s.done:
			return fault.New(fault.Unavailable, "the gateway stops")
		case <-ctx.Done():
			return fault.New(fault.Timeout, "the desired document is not on disk yet")
		}
	})
}
