package device

import (
	"context"
	"errors"
	"time"

	"gateway/internal/fault"
)

// stepRollout takes note of what became of the boards of the rollout under way, and begins the next ones. Run calls it whenever
// a board has changed.
func (s *Service) stepRollout(ctx context.Context, now time.Time) {
	s.rollouts.Lock()
	defer s.rollouts.Unlock()
	r := s.running()
	if r == nil || s.stopping.Load() {
		return
	}
	before := r.State
	var changed []Turn
	each := func(do func(*Turn)) {
		for i := range r.Boards {
			t := &r.Boards[i]
			was := t.State
			if do(t); t.State != was {
				changed = append(changed, *t)
			}
		}
	}
	each(func(t *Turn) { s.judge(r, t) })
	r.stopIfFailed()
	free := r.AtOnce - r.counts().Updating
	each(func(t *Turn) {
		if t.State != TurnWaiting {
			return
		}
		if s.turn(ctx, r, t, free > 0, now); t.State == TurnUpdating {
			free--
		}
	})
	r.stopIfFailed()
	r.endIfOver(now)
	if len(changed) == 0 && r.State == before {
		return
	}
	if err := s.keepRollout(r); err != nil {
		s.Logger.Warn("how far a rollout is was not written", "rollout", r.ID, "err", err)
	}
	s.tellRollout(r, changed)
	if r.State.Ended() {
		s.Logger.Info("a rollout ended", "rollout", r.ID, "version", r.Version, "state", r.State, "reason", r.Reason)
	}
}

// gatewayRestarted is why updates fail that were under way when the gateway ended: it is not the boards' fault.
const gatewayRestarted = "the gateway was restarted meanwhile"

// judge takes note of how the update of a board ended.
func (s *Service) judge(r *Rollout, t *Turn) {
	if t.State != TurnUpdating {
		return
	}
	b := s.find(t.ID)
	if b == nil {
		t.end(TurnFailed, "it was revoked", s.Now())
		return
	}
	b.mu.Lock()
	underWay, last := b.update != nil, b.kept.Update
	b.mu.Unlock()
	switch {
	case underWay:
	case last == nil || !last.StartedAt.Equal(*t.StartedAt) || last.Reason == gatewayRestarted:
		t.State, t.StartedAt = TurnWaiting, nil // it ended with the gateway, so it is begun again
	case last.State == Done:
		t.end(TurnDone, "", *last.EndedAt)
	case last.State == Cancelled:
		t.end(TurnCancelled, "", *last.EndedAt)
	default:
		t.end(TurnFailed, last.Reason, *last.EndedAt)
	}
}

func (t *Turn) end(state TurnState, reason string, at time.Time) {
	at = at.UTC()
	t.State, t.Reason, t.EndedAt = state, reason, &at
}

// turn begins the update of a board that waits, if there is room and it is connected.
func (s *Service) turn(ctx context.Context, r *Rollout, t *Turn, room bool, now time.Time) {
	b := s.find(t.ID)
	if b == nil {
		t.end(TurnFailed, "it was revoked", now)
		return
	}
	b.mu.Lock()
	here, busy, runs := b.session != nil && b.session.greeted, b.update != nil, ""
	if b.kept.Build != nil {
		runs = b.kept.Build.Version
	}
	b.mu.Unlock()
	switch {
	case r.State != RolloutRunning:
		t.end(TurnSkipped, "the rollout was stopped before its turn", now)
	case runs == r.Version && !busy:
		t.From = runs
		t.end(TurnSkipped, "it runs this version already", now)
	case !here && now.Sub(r.StartedAt) > awayFor:
		t.end(TurnFailed, "it was not connected for a day", now)
	case here && !busy && room:
		s.begin(ctx, r, t, now)
	}
}

func (s *Service) begin(ctx context.Context, r *Rollout, t *Turn, now time.Time) {
	u, err := s.StartUpdate(ctx, t.ID, r.Version)
	var refused *Refused
	switch {
	case err == nil:
		t.State, t.From, t.StartedAt = TurnUpdating, u.From, &u.StartedAt
	case fault.CodeOf(err) == fault.Offline, errors.As(err, &refused) && refused.Conflict:
		// it has gone, or somebody updates it: its turn comes later
	default:
		t.end(TurnFailed, fault.MessageOf(err), now)
	}
}

// stopIfFailed begins no further board after a failure, if that is wanted.
func (r *Rollout) stopIfFailed() {
	if r.State != RolloutRunning || !r.StopOnFailure {
		return
	}
	for _, t := range r.Boards {
		if t.State == TurnFailed {
			r.State, r.Reason = RolloutStopping, t.ID+": "+t.Reason
			return
		}
	}
}

func (r *Rollout) endIfOver(now time.Time) {
	c := r.counts()
	if r.State.Ended() || c.Updating > 0 || c.Waiting > 0 {
		return
	}
	switch {
	case r.Reason == cancelledByHand:
		r.State = RolloutCancelled
	case c.Failed > 0:
		r.State = RolloutFailed
	default:
		r.State = RolloutDone
	}
	at := now.UTC()
	r.EndedAt = &at
}
