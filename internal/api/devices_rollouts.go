package api

import (
	"context"
	"net/http"

	"gateway/internal/access"
	"gateway/internal/device"
)

// NewRollout says what boards to update to what.
type NewRollout struct {
	Version       string   `json:"version" minLength:"1" maxLength:"64" doc:"Of a bundle in the list"`
	Boards        []string `json:"boards,omitempty" nullable:"false" minItems:"1" maxItems:"1000" doc:"Ids; absent for all that have a key of their own"`
	AtOnce        int      `json:"at_once,omitempty" minimum:"1" maximum:"16" default:"1" doc:"How many at a time"`
	StopOnFailure *bool    `json:"stop_on_failure,omitempty" doc:"Whether no further board is begun after the first failure; true when absent"`
}

// RolloutList is the rollouts that are remembered.
type RolloutList struct {
	Items []device.Rollout `json:"items" doc:"Newest first, without their boards"`
}

type newRolloutInput struct{ Body NewRollout }

type rolloutInput struct {
	ID string `path:"id"`
}

type rolloutListOutput struct{ Body RolloutList }

type rolloutOutput struct{ Body device.Rollout }

const rolloutsPath = "/api/v1/rollouts"

func (s *server) addRollouts() {
	add(s, operation{
		id: "listRollouts", method: http.MethodGet, path: rolloutsPath, tag: boardTag, needs: access.View,
		summary: "List the updates of many boards",
	}, func(context.Context, *struct{}) (*rolloutListOutput, error) {
		return &rolloutListOutput{RolloutList{s.Boards.Rollouts()}}, nil
	})
	add(s, operation{
		id: "startRollout", method: http.MethodPost, path: rolloutsPath, tag: boardTag, needs: access.EditDevices, status: http.StatusCreated,
		summary: "Update many boards", description: "A few at a time; boards that are away are updated when they come back, within a day. " +
			"There is one rollout at a time. It outlives a restart of the gateway.",
		errors: []int{http.StatusNotFound, http.StatusConflict},
	}, s.startRollout)
	add(s, operation{
		id: "getRollout", method: http.MethodGet, path: rolloutsPath + "/{id}", tag: boardTag, needs: access.View,
		summary: "Show how far an update of many boards is", errors: []int{http.StatusNotFound},
	}, func(_ context.Context, in *rolloutInput) (*rolloutOutput, error) {
		return rolloutAnswer(s.Boards.Rollout(in.ID))
	})
	add(s, operation{
		id: "cancelRollout", method: http.MethodPost, path: rolloutsPath + "/{id}/cancel", tag: boardTag, needs: access.EditDevices,
		summary:     "Update no further boards",
		description: "Boards that fetch files are told to give up; those that start their new build already go on.",
		errors:      []int{http.StatusNotFound, http.StatusConflict},
	}, func(ctx context.Context, in *rolloutInput) (*rolloutOutput, error) {
		out, err := rolloutAnswer(s.Boards.CancelRollout(in.ID))
		if err == nil {
			s.audit(ctx, "a rollout was cancelled", "rollout", in.ID)
		}
		return out, err
	})
}

func rolloutAnswer(r device.Rollout, err error) (*rolloutOutput, error) {
	if err != nil {
		return nil, refusedBoard(err)
	}
	return &rolloutOutput{r}, nil
}

func (s *server) startRollout(ctx context.Context, in *newRolloutInput) (*rolloutOutput, error) {
	n := device.NewRollout{
		Version: in.Body.Version, Boards: in.Body.Boards, AtOnce: max(in.Body.AtOnce, 1),
		StopOnFailure: in.Body.StopOnFailure == nil || *in.Body.StopOnFailure,
	}
	out, err := rolloutAnswer(s.Boards.StartRollout(n, principalOf(ctx)))
	if err == nil {
		s.audit(ctx, "a rollout began", "rollout", out.Body.ID, "version", n.Version, "boards", len(out.Body.Boards))
	}
	return out, err
}
