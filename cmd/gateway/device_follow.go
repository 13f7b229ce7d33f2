package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"gateway/internal/api"
	"gateway/internal/control"
	"gateway/internal/device"
)

// lookEvery is how often the command line asks how far a rollout is.
const lookEvery = 500 * time.Millisecond

// followRollout prints what becomes of each board, until the rollout has ended or waits for boards that are away.
func followRollout(cmd *cobra.Command, c *control.Client, r device.Rollout) error {
	seen := map[string]device.TurnState{}
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		printTurns(cmd.OutOrStdout(), r, seen)
		if r.State.Ended() {
			return verdict(r)
		}
		away, err := onlyAway(cmd, c, r)
		if err != nil {
			return err
		}
		if away {
			fmt.Fprintf(cmd.OutOrStdout(), "%s not connected: updated when it comes back, within a day\n", plural(r.Counts.Waiting, "board"))
			return nil
		}
		select {
		case <-cmd.Context().Done():
			return errors.New("the update goes on without being watched; gateway device update --cancel ends it")
		case <-tick.C:
		}
		var now device.Rollout
		if err := c.Call(cmd.Context(), http.MethodGet, rolloutsPath+"/"+r.ID, nil, &now); err != nil {
			return err
		}
		r = now
	}
}

// printTurns prints what is another than it was.
func printTurns(w io.Writer, r device.Rollout, seen map[string]device.TurnState) {
	for _, t := range r.Boards {
		if seen[t.ID] == t.State || t.State == device.TurnWaiting {
			continue
		}
		seen[t.ID] = t.State
		line := t.ID + ": " + string(t.State)
		switch {
		case t.Reason != "":
			line += ", " + t.Reason
		case t.State == device.TurnUpdating && t.From != "":
			line += " from " + t.From
		}
		fmt.Fprintln(w, line)
	}
}

// onlyAway reports whether all that is left are boards that are not connected.
func onlyAway(cmd *cobra.Command, c *control.Client, r device.Rollout) (bool, error) {
	if r.State != device.RolloutRunning || r.Counts.Updating > 0 || r.Counts.Waiting == 0 {
		return false, nil
	}
	var list api.BoardList
	if err := c.Call(cmd.Context(), http.MethodGet, boardsPath, nil, &list); err != nil {
		return false, err
	}
	here := map[string]bool{}
	for _, b := range list.Items {
		here[b.ID] = b.ConnectedAt != nil
	}
	for _, t := range r.Boards {
		if t.State == device.TurnWaiting && here[t.ID] {
			return false, nil
		}
	}
	return true, nil
}

// verdict is how it ended: an error unless every board runs the version.
func verdict(r device.Rollout) error {
	switch c := r.Counts; {
	case r.State == device.RolloutDone && c.Cancelled == 0:
		return nil
	case r.State == device.RolloutCancelled:
		return fmt.Errorf("the update was cancelled after %s", plural(c.Done, "board"))
	default:
		return fmt.Errorf("%s of %d failed, %d were not begun", plural(c.Failed, "board"), len(r.Boards), c.Skipped)
	}
}
