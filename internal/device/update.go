package device

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"gateway/internal/fault"
	"gateway/internal/records"
)

// UpdateState is how far an update is.
type UpdateState string

// The states of an update, in order; the last three end it.
const (
	Offered    UpdateState = "offered"    // the board was asked to take it
	Sending    UpdateState = "sending"    // it fetches the files
	Restarting UpdateState = "restarting" // it has all of them, and starts the new build on trial
	Done       UpdateState = "done"       // the new build has said so itself
	Failed     UpdateState = "failed"
	Cancelled  UpdateState = "cancelled"
)

// Ended reports whether nothing more will happen.
func (s UpdateState) Ended() bool { return s == Done || s == Failed || s == Cancelled }

// Update is a change of a board's firmware.
type Update struct {
	Version   string      `json:"version" doc:"Of the bundle"`
	From      string      `json:"from,omitempty" doc:"What ran before"`
	State     UpdateState `json:"state" enum:"offered,sending,restarting,done,failed,cancelled"`
	Slot      string      `json:"slot,omitempty" doc:"Where the board puts it"`
	Sent      int         `json:"sent" doc:"Bytes that the board has fetched"`
	Total     int         `json:"total" doc:"Bytes"`
	StartedAt time.Time   `json:"started_at"`
	EndedAt   *time.Time  `json:"ended_at,omitempty"`
	Reason    string      `json:"reason,omitempty" doc:"Why it failed"`
}

func (u *Update) end(state UpdateState, reason string, at time.Time) {
	u.State, u.Reason, u.EndedAt = state, reason, &at
}

// running is an update that is under way.
type running struct {
	Update
	bundle *Bundle // nil after a restart of the gateway
	sent   map[string]int
	heard  time.Time // when the board did something for it last
	told   int       // percent that pages know of
}

// StartUpdate offers a bundle to a board that is connected. What becomes of it is in [Board.Update].
func (s *Service) StartUpdate(ctx context.Context, id, version string) (Update, error) {
	b := s.find(id)
	if b == nil {
		return Update{}, notFound("board", id)
	}
	s.mu.RLock()
	bundle := s.bundles[version]
	s.mu.RUnlock()
	if bundle == nil {
		return Update{}, notFound("bundle", version)
	}
	x, err := b.hailed()
	if err != nil {
		return Update{}, err
	}
	r, err := s.prepare(b, bundle)
	if err != nil {
		return Update{}, err
	}
	go s.offer(context.WithoutCancel(ctx), x, r.Version)
	s.changed(b)
	return r, nil
}

func (s *Service) prepare(b *board, bundle *Bundle) (Update, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.token || b.record.Key == "":
		return Update{}, fault.New(fault.Invalid, "%s has no key of its own, so it could not tell that an update is from this gateway", b.id)
	case b.update != nil:
		return Update{}, conflict("%s is being updated to %s already", b.id, b.update.Version)
	}
	now := s.Now().UTC()
	u := Update{Version: bundle.Version, State: Offered, Total: bundle.size(), StartedAt: now}
	if b.kept.Build != nil {
		u.From = b.kept.Build.Version
	}
	b.update = &running{Update: u, bundle: bundle, sent: map[string]int{}, heard: now}
	return u, nil
}

// offer sends the signed list of files; the board then fetches them.
func (s *Service) offer(ctx context.Context, x *Session, version string) {
	b := x.b
	b.mu.Lock()
	if b.update == nil {
		b.mu.Unlock()
		return
	}
	m := b.update.bundle.manifest(b.record.Key)
	b.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, callWithin)
	defer cancel()
	answer, err := x.conn.Call(ctx, "$ota", m)
	var a struct {
		OK    bool            `json:"ok"`
		Slot  string          `json:"slot"`
		Error json.RawMessage `json:"error"`
	}
	switch {
	case err != nil:
		s.endUpdate(b, Failed, fault.MessageOf(err))
	case json.Unmarshal(answer, &a) != nil || !a.OK:
		s.endUpdate(b, Failed, "the board does not take it: "+sentence(a.Error))
	default:
		b.mu.Lock()
		if r := b.update; r != nil && r.Version == version && r.State == Offered {
			r.State, r.Slot, r.heard = Sending, clip(a.Slot, 8), s.Now()
		}
		b.mu.Unlock()
		s.changed(b)
	}
}

// sentence is an error as boards send it: a string, or {message}.
func sentence(data json.RawMessage) string {
	var e struct {
		Message string `json:"message"`
	}
	var text string
	switch {
	case json.Unmarshal(data, &text) == nil && text != "":
		return clip(text, maxText)
	case json.Unmarshal(data, &e) == nil && e.Message != "":
		return clip(e.Message, maxText)
	}
	return "it does not say why"
}

// maxChunk is the most that is sent at once, in bytes.
const maxChunk = 4096

// ota takes what a board says of an update: {get, off, n}, {ready, slot} or {failed}.
func (x *Session) ota(data json.RawMessage) (any, error) {
	var m struct {
		Get    string `json:"get"`
		Off    int    `json:"off"`
		N      int    `json:"n"`
		Ready  bool   `json:"ready"`
		Slot   string `json:"slot"`
		Failed string `json:"failed"`
	}
	if err := parse("$ota", data, &m); err != nil {
		return nil, err
	}
	switch {
	case m.Failed != "":
		x.s.endUpdate(x.b, Failed, clip(m.Failed, maxText))
		return ok{true}, nil
	case m.Ready:
		return x.ready(m.Slot)
	}
	return x.chunk(m.Get, m.Off, m.N)
}

func (x *Session) chunk(name string, off, n int) (any, error) {
	b := x.b
	b.mu.Lock()
	r := b.update
	if r == nil || r.bundle == nil || r.State == Restarting {
		b.mu.Unlock()
		return nil, fault.New(fault.Invalid, "no update is under way")
	}
	f := r.bundle.file(name)
	if f == nil || off < 0 || off > f.Size || n <= 0 {
		b.mu.Unlock()
		return nil, fault.New(fault.Invalid, "there is no such part of a file")
	}
	part := f.Data[off:min(off+min(n, maxChunk), f.Size)]
	if end := off + len(part); end > r.sent[name] {
		r.Sent += end - r.sent[name]
		r.sent[name] = end
	}
	r.State, r.heard = Sending, x.s.Now() // a board may ask before its answer to the offer is here
	percent := 100 * r.Sent / max(r.Total, 1)
	tell := percent > r.told
	r.told = max(r.told, percent)
	b.mu.Unlock()
	if tell {
		x.s.changed(b)
	}
	return part, nil
}

// ready is the board's word that it has everything, checked. Whether the new build runs, it has to say itself.
func (x *Session) ready(slot string) (any, error) {
	b := x.b
	b.mu.Lock()
	r := b.update
	if r == nil {
		b.mu.Unlock()
		return nil, fault.New(fault.Invalid, "no update is under way")
	}
	r.State, r.Slot, r.heard = Restarting, clip(slot, 8), x.s.Now()
	b.unsaved, b.urgent = true, true
	m := b.memory()
	b.mu.Unlock()
	if err := records.Put(x.s.Records, bucketMemory, b.id, m); err != nil { // the gateway may be restarted meanwhile, too
		x.s.Logger.Warn("an update is not noted", "device", b.id, "err", err)
	}
	x.s.changed(b)
	return struct {
		OK      bool `json:"ok"`
		Restart bool `json:"restart"`
	}{true, true}, nil
}

// arrived judges an update by what the board says it runs now.
func (s *Service) arrived(b *board, now Build) {
	b.mu.Lock()
	r := b.update
	var version string
	waits := r != nil && r.State == Restarting
	if waits {
		version = r.Version
	}
	b.mu.Unlock()
	switch {
	case !waits:
	case now.Version == version:
		s.endUpdate(b, Done, "")
	default:
		s.endUpdate(b, Failed, fmt.Sprintf("the board went back to %s: the new build did not come as far as here (its last start was by %s)",
			orWord(now.Version, "its old build"), orWord(now.Reset, "an unknown cause")))
	}
}

func orWord(s, word string) string {
	if s == "" {
		return word
	}
	return s
}

// CancelUpdate gives an update up that has not come as far as the restart.
func (s *Service) CancelUpdate(id string) error {
	b := s.find(id)
	if b == nil {
		return notFound("board", id)
	}
	b.mu.Lock()
	r := b.update
	restarting := r != nil && r.State == Restarting
	b.mu.Unlock()
	switch {
	case r == nil:
		return conflict("%s is not being updated", id)
	case restarting:
		return conflict("%s is starting the new build already", id)
	}
	s.endUpdate(b, Cancelled, "")
	return nil
}

// endUpdate ends what is under way, if anything is. A board that goes on asking for its files is refused from then on.
func (s *Service) endUpdate(b *board, state UpdateState, reason string) {
	b.mu.Lock()
	r := b.update
	if r == nil {
		b.mu.Unlock()
		return
	}
	r.end(state, reason, s.Now().UTC())
	u := r.Update
	b.update, b.kept.Update = nil, &u
	b.unsaved, b.urgent = true, true
	b.mu.Unlock()
	s.Logger.Info("an update ended", "device", b.id, "version", u.Version, "state", u.State, "reason", u.Reason)
	s.changed(b)
}

// watchUpdates ends those of which nothing is heard any more.
func (s *Service) watchUpdates(now time.Time) {
	for _, b := range s.all() {
		b.mu.Lock()
		reason := ""
		if r := b.update; r != nil {
			switch silent := now.Sub(r.heard); {
			case r.State == Restarting && silent > helloWithin:
				reason = "the board did not come back after its restart"
			case r.State != Restarting && silent > pullWithin:
				reason = fmt.Sprintf("the board stopped asking, %d of %d bytes in", r.Sent, r.Total)
			}
		}
		b.mu.Unlock()
		if reason != "" {
			s.endUpdate(b, Failed, reason)
		}
	}
}
