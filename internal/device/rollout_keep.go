package device

import (
	"cmp"
	"slices"

	"gateway/internal/records"
)

// bucketRollouts has rollouts by id.
const bucketRollouts = "board_rollouts"

func (s *Service) loadRollouts() error {
	err := records.Each(s.Records, bucketRollouts, func(id string, r *Rollout) {
		r.ID = id
		s.rolled = append(s.rolled, r)
	})
	slices.SortFunc(s.rolled, func(a, b *Rollout) int { return cmp.Or(a.StartedAt.Compare(b.StartedAt), cmp.Compare(a.ID, b.ID)) })
	return err
}

// keepRollout writes a rollout; called with s.rollouts held.
func (s *Service) keepRollout(r *Rollout) error {
	return records.Put(s.Records, bucketRollouts, r.ID, r)
}

// forgetRollouts forgets the oldest; called with s.rollouts held. One that cannot be deleted is there again after a restart.
func (s *Service) forgetRollouts() {
	for len(s.rolled) > keptRollouts {
		if err := s.Records.DeleteRecord(bucketRollouts, s.rolled[0].ID); err != nil {
			s.Logger.Warn("an old rollout is not forgotten", "rollout", s.rolled[0].ID, "err", err)
		}
		s.rolled = s.rolled[1:]
	}
}

// running is the rollout that is under way; nil for none. It need not be the last: the clock may have gone back over a restart.
// Called with s.rollouts held.
func (s *Service) running() *Rollout {
	for _, r := range s.rolled {
		if !r.State.Ended() {
			return r
		}
	}
	return nil
}

func (s *Service) findRollout(id string) *Rollout {
	for _, r := range s.rolled {
		if r.ID == id {
			return r
		}
	}
	return nil
}

// tellRollout tells pages; called with s.rollouts held, so that they hear of changes in order.
func (s *Service) tellRollout(r *Rollout, turns []Turn) {
	s.RolledOut(RolloutChange{r.summary(), append([]Turn{}, turns...)})
}

// lookAtRollout has Run look at the rollout under way.
func (s *Service) lookAtRollout() {
	select {
	case s.look <- struct{}{}:
	default: // it is about to look anyway
	}
}
