package device

import (
	"slices"
	"time"

	"gateway/internal/access"
	"gateway/internal/fault"
)

const (
	maxAtOnce    = 16
	keptRollouts = 10
	awayFor      = 24 * time.Hour // how long a rollout waits for boards that are not connected
)

// RolloutState is how far a rollout is.
type RolloutState string

// The states of a rollout; the last three end it.
const (
	RolloutRunning   RolloutState = "running"
	RolloutStopping  RolloutState = "stopping" // no further board is begun; those under way go on
	RolloutDone      RolloutState = "done"
	RolloutFailed    RolloutState = "failed" // of some board
	RolloutCancelled RolloutState = "cancelled"
)

// Ended reports whether nothing more will happen.
func (s RolloutState) Ended() bool { return s != RolloutRunning && s != RolloutStopping }

// TurnState is how far a rollout is with one board.
type TurnState string

// The states of a board in a rollout; the last four end its turn.
const (
	TurnWaiting   TurnState = "waiting" // its turn has not come, or it is not connected
	TurnUpdating  TurnState = "updating"
	TurnDone      TurnState = "done"
	TurnFailed    TurnState = "failed"
	TurnSkipped   TurnState = "skipped"   // it runs the version already, or the rollout was stopped before its turn
	TurnCancelled TurnState = "cancelled" // somebody cancelled its update
)

// Ended reports whether nothing more will happen.
func (s TurnState) Ended() bool { return s != TurnWaiting && s != TurnUpdating }

// NewRollout says what boards are to be updated to.
type NewRollout struct {
	Version       string
	Boards        []string // ids; nil for all that can be updated
	AtOnce        int      // 1 to 16
	StopOnFailure bool
}

// Rollout is an update of many boards, a few at a time.
type Rollout struct {
	ID            string       `json:"id"`
	Version       string       `json:"version" doc:"Of the bundle"`
	State         RolloutState `json:"state" enum:"running,stopping,done,failed,cancelled" doc:"stopping: no further board is begun, those under way go on"`
	Reason        string       `json:"reason,omitempty" doc:"Why it stopped before its end"`
	AtOnce        int          `json:"at_once" doc:"Boards that are updated at a time"`
	StopOnFailure bool         `json:"stop_on_failure"`
	StartedAt     time.Time    `json:"started_at"`
	StartedBy     string       `json:"started_by"`
	EndedAt       *time.Time   `json:"ended_at,omitempty"`
	Counts        TurnCounts   `json:"counts"`
	Boards        []Turn       `json:"boards,omitempty" doc:"By id; absent in the list of rollouts"`
}

// Turn is one board's part of a rollout.
type Turn struct {
	ID        string     `json:"id" example:"lamp"`
	State     TurnState  `json:"state" enum:"waiting,updating,done,failed,skipped,cancelled"`
	From      string     `json:"from,omitempty" doc:"What it ran before"`
	Reason    string     `json:"reason,omitempty" doc:"Why it failed, or was skipped"`
	StartedAt *time.Time `json:"started_at,omitempty" doc:"The same as that of the board's update"`
	EndedAt   *time.Time `json:"ended_at,omitempty"`
}

// TurnCounts are how many boards of a rollout are in each state.
type TurnCounts struct {
	Waiting   int `json:"waiting"`
	Updating  int `json:"updating"`
	Done      int `json:"done"`
	Failed    int `json:"failed"`
	Skipped   int `json:"skipped"`
	Cancelled int `json:"cancelled"`
}

// RolloutChange is something new about a rollout.
type RolloutChange struct {
	Rollout Rollout `json:"rollout" doc:"As it is now, without its boards"`
	Boards  []Turn  `json:"boards"` // those that are in another state
}

// StartRollout begins to update boards. There is one rollout at a time.
func (s *Service) StartRollout(n NewRollout, by *access.Principal) (Rollout, error) {
	ids, err := s.targets(n)
	if err != nil {
		return Rollout{}, err
	}
	r := &Rollout{
		ID: randomHex(4), Version: n.Version, State: RolloutRunning, AtOnce: n.AtOnce, StopOnFailure: n.StopOnFailure,
		StartedAt: s.Now().UTC().Truncate(time.Second), StartedBy: by.String(),
	}
	for _, id := range ids {
		r.Boards = append(r.Boards, Turn{ID: id, State: TurnWaiting})
	}
	s.rollouts.Lock()
	defer s.rollouts.Unlock()
	if now := s.running(); now != nil {
		return Rollout{}, conflict("a rollout of %s is under way: wait for its end, or cancel it", now.Version)
	}
	if err := s.keepRollout(r); err != nil {
		return Rollout{}, err
	}
	s.rolled = append(s.rolled, r)
	s.forgetRollouts()
	s.tellRollout(r, r.Boards)
	s.lookAtRollout()
	return r.whole(), nil
}

// targets checks what is to be rolled out, and returns the ids of the boards.
func (s *Service) targets(n NewRollout) (ids []string, err error) {
	s.mu.RLock()
	known := s.bundles[n.Version] != nil
	s.mu.RUnlock()
	switch {
	case !known:
		return nil, notFound("bundle", n.Version)
	case n.AtOnce < 1 || n.AtOnce > maxAtOnce:
		return nil, badField("at_once", "1 to %d boards can be updated at a time", maxAtOnce)
	case n.Boards == nil:
		for _, b := range s.all() {
			if !b.token {
				ids = append(ids, b.id)
			}
		}
	default:
		ids = slices.Compact(slices.Sorted(slices.Values(n.Boards)))
	}
	for _, id := range ids {
		switch b := s.find(id); {
		case b == nil:
			return nil, notFound("board", id)
		case b.token:
			return nil, badField("boards", "%s has no key of its own, so it could not tell that an update is from this gateway", id)
		}
	}
	if len(ids) == 0 {
		return nil, badField("boards", "there is no board to update")
	}
	return ids, nil
}

// Rollouts lists the rollout that is under way and the last ones, newest first, without their boards.
func (s *Service) Rollouts() []Rollout {
	s.rollouts.Lock()
	defer s.rollouts.Unlock()
	list := []Rollout{}
	for _, r := range slices.Backward(s.rolled) {
		list = append(list, r.summary())
	}
	return list
}

// Rollout returns one with its boards.
func (s *Service) Rollout(id string) (Rollout, error) {
	s.rollouts.Lock()
	defer s.rollouts.Unlock()
	r := s.findRollout(id)
	if r == nil {
		return Rollout{}, notFound("rollout", id)
	}
	return r.whole(), nil
}

// CancelRollout begins no further board, and cancels the updates under way that can still be: a board that starts its new build
// already goes on.
func (s *Service) CancelRollout(id string) (Rollout, error) {
	s.rollouts.Lock()
	defer s.rollouts.Unlock()
	r := s.findRollout(id)
	switch {
	case r == nil:
		return Rollout{}, notFound("rollout", id)
	case r.State.Ended():
		return Rollout{}, conflict("this rollout has ended already")
	}
	r.State, r.Reason = RolloutStopping, cancelledByHand
	for _, t := range r.Boards {
		if t.State == TurnUpdating {
			_ = s.CancelUpdate(t.ID) // one that cannot be cancelled goes on
		}
	}
	if err := s.keepRollout(r); err != nil {
		return Rollout{}, fault.New(fault.Unavailable, "the rollout is cancelled, but that is not on disk: %w", err)
	}
	s.lookAtRollout()
	s.tellRollout(r, nil)
	return r.whole(), nil
}

// cancelledByHand is the reason of a rollout that somebody cancelled.
const cancelledByHand = "it was cancelled"

func (r *Rollout) counts() (c TurnCounts) {
	for _, t := range r.Boards {
		switch t.State {
		case TurnWaiting:
			c.Waiting++
		case TurnUpdating:
			c.Updating++
		case TurnDone:
			c.Done++
		case TurnFailed:
			c.Failed++
		case TurnSkipped:
			c.Skipped++
		case TurnCancelled:
			c.Cancelled++
		}
	}
	return c
}

// whole is a copy.
func (r *Rollout) whole() Rollout {
	out := *r
	out.Counts, out.Boards = r.counts(), slices.Clone(r.Boards)
	return out
}

func (r *Rollout) summary() Rollout {
	out := *r
	out.Counts, out.Boards = r.counts(), nil
	return out
}
