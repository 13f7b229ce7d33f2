package device

import (
	"encoding/json"
	"slices"
	"time"

	"gateway/internal/fault"
)

// State is where a board is, in one word.
type State string

// The states.
const (
	Online  State = "online"
	Stale   State = "stale" // connected, and silent for longer than it should be
	Offline State = "offline"
	Never   State = "never" // it has not been here yet
)

// Board is a board as people see it.
type Board struct {
	ID          string     `json:"id" doc:"It never changes; its topics are below devices/<id>/" example:"lamp"`
	Name        string     `json:"name" example:"Alert lamp"`
	State       State      `json:"state" enum:"online,stale,offline,never" doc:"stale: connected, but silent for longer than it should be"`
	By          string     `json:"by" enum:"key,token" doc:"How it proves who it is"`
	Address     string     `json:"address,omitempty" doc:"host:port of its newest connection"`
	ConnectedAt *time.Time `json:"connected_at,omitempty"`
	LastSeen    *time.Time `json:"last_seen,omitempty"`
	Build       *Build     `json:"build,omitempty" doc:"What it runs, as it said last"`
	Vitals      *Vitals    `json:"health,omitempty" doc:"How it was last"`
	Pending     bool       `json:"pending" doc:"It is not yet all that it is to be: see its shadow"`
	Errors      int        `json:"errors" doc:"Lines of the levels error and exception in its log"`
	Update      *Update    `json:"update,omitempty" doc:"The last change of its firmware, or the one under way"`
	CreatedAt   *time.Time `json:"created_at,omitempty"`
	CreatedBy   string     `json:"created_by,omitempty"`
	Revision    string     `json:"revision"`
}

// Shadow is what a board is to be, and what it is.
type Shadow struct {
	Desired    json.RawMessage `json:"desired"`
	Reported   json.RawMessage `json:"reported"`
	Delta      json.RawMessage `json:"delta" doc:"What of desired the board has not reported"`
	Version    uint64          `json:"version" doc:"Of desired"`
	Applied    uint64          `json:"applied" doc:"The version that the board has made true"`
	Delivered  bool            `json:"delivered" doc:"The board is connected and has the newest desired"`
	ChangedAt  *time.Time      `json:"changed_at,omitempty"`
	ReportedAt *time.Time      `json:"reported_at,omitempty"`
}

// BundleInfo is a bundle without its content.
type BundleInfo struct {
	Version string    `json:"version" doc:"Made from its content"`
	Name    string    `json:"name"`
	Builtin bool      `json:"builtin" doc:"It came with the gateway: the library, without a sketch"`
	AddedAt time.Time `json:"added_at"`
	Size    int       `json:"size" doc:"Bytes of all files"`
	Files   []File    `json:"files"`
}

func (b *Bundle) info() BundleInfo {
	return BundleInfo{b.Version, b.Name, b.Builtin, b.AddedAt, b.size(), slices.Clone(b.Files)}
}

// Boards lists the boards by id.
func (s *Service) Boards() []Board {
	list := []Board{}
	for _, b := range s.all() {
		list = append(list, s.view(b))
	}
	return list
}

// Board returns one board.
func (s *Service) Board(id string) (Board, error) {
	b := s.find(id)
	if b == nil {
		return Board{}, notFound("board", id)
	}
	return s.view(b), nil
}

func (s *Service) view(b *board) Board {
	b.mu.Lock()
	defer b.mu.Unlock()
	v := Board{
		ID: b.id, Name: b.record.Name, State: b.state(s.Now()), By: "key", Address: b.address, Build: b.kept.Build,
		Pending: len(delta(b.shadow.desired, b.shadow.reported)) > 0, CreatedBy: b.record.CreatedBy, Revision: b.record.revision(),
		CreatedAt: timeOrNil(b.record.CreatedAt), LastSeen: timeOrNil(b.seen.UTC()), Update: b.kept.Update,
	}
	if b.token {
		v.By = "token"
	}
	if b.session != nil {
		v.ConnectedAt = timeOrNil(b.session.at.UTC())
	}
	if n := len(b.vitals); n > 0 {
		last := b.vitals[n-1]
		v.Vitals = &last
	}
	for _, l := range b.lines {
		if l.bad() {
			v.Errors++
		}
	}
	if b.update != nil {
		u := b.update.Update
		v.Update = &u
	}
	return v
}

func (b *board) state(now time.Time) State {
	switch {
	case b.session != nil && now.Sub(b.seen) > staleAfter:
		return Stale
	case b.session != nil && b.session.greeted:
		return Online
	case b.seen.IsZero():
		return Never
	}
	return Offline
}

func timeOrNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// Shadow returns a board's shadow.
func (s *Service) Shadow(id string) (Shadow, error) {
	b := s.find(id)
	if b == nil {
		return Shadow{}, notFound("board", id)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	d := &b.shadow
	return Shadow{
		Desired: d.desired.text(), Reported: d.reported.text(), Delta: delta(d.desired, d.reported).text(),
		Version: d.version, Applied: d.applied, Delivered: b.session != nil && b.session.version == d.version,
		ChangedAt: timeOrNil(d.changedAt), ReportedAt: timeOrNil(d.reportedAt),
	}, nil
}

// Log returns the newest lines of a board, oldest first.
func (s *Service) Log(id string, limit int) ([]Line, error) {
	b := s.find(id)
	if b == nil {
		return nil, notFound("board", id)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]Line{}, b.lines[max(0, len(b.lines)-limit):]...), nil
}

// Vitals returns how a board was over the last hours, oldest first.
func (s *Service) Vitals(id string) ([]Vitals, error) {
	b := s.find(id)
	if b == nil {
		return nil, notFound("board", id)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]Vitals{}, b.vitals...), nil
}

// Refused is a refusal beside those of internal/fault: NotFound, Conflict and Stale tell what it is.
type Refused struct {
	Fault                     *fault.Error
	NotFound, Conflict, Stale bool
	Field                     string // that is wrong, in snake_case
}

// Error returns the sentence.
func (r *Refused) Error() string { return r.Fault.Message }

// Unwrap returns the error with the code.
func (r *Refused) Unwrap() error { return r.Fault }

func notFound(what, id string) error {
	return &Refused{Fault: fault.New(fault.Invalid, "there is no %s %q", what, id), NotFound: true}
}

func conflict(format string, args ...any) error {
	return &Refused{Fault: fault.New(fault.Invalid, format, args...), Conflict: true}
}
