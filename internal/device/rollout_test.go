package device

import (
	"errors"
	"strings"
	"testing"
	"time"

	"gateway/internal/access"
	"gateway/internal/fault"
	"gateway/internal/records"
)

func TestARolloutUpdatesAFewAtATime(t *testing.T) {
	f := newFleet(t, newRecords())
	for _, id := range []string{"a", "b", "c", "d", "e"} {
		f.add(id, "good").come()
	}
	r := f.ended(f.roll(NewRollout{AtOnce: 2, StopOnFailure: true}).ID)
	if got := turns(r); got != "done a:done b:done c:done d:done e:done" {
		t.Error(got)
	}
	if f.most > 2 {
		t.Errorf("%d boards were updated at a time", f.most)
	}
	for _, b := range f.Boards() {
		if b.Build.Version != f.version {
			t.Errorf("%s runs %s", b.ID, b.Build.Version)
		}
	}
	if again := f.ended(f.roll(NewRollout{AtOnce: 1}).ID); again.Counts.Skipped != 5 || again.State != RolloutDone {
		t.Errorf("boards that run it already: %s", turns(again))
	}
}

func TestARolloutStopsAtTheFirstFailureOrGoesOn(t *testing.T) {
	for _, c := range []struct {
		stop bool
		want string
	}{
		{true, "failed a:done b:failed c:skipped d:skipped"},
		{false, "failed a:done b:failed c:done d:done"},
	} {
		f := newFleet(t, newRecords())
		for id, what := range map[string]string{"a": "good", "b": "refuses", "c": "good", "d": "good"} {
			f.add(id, what).come()
		}
		r := f.ended(f.roll(NewRollout{AtOnce: 1, StopOnFailure: c.stop}).ID)
		if got := turns(r); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
		if reason := r.Boards[1].Reason; !strings.Contains(reason, "no room") {
			t.Errorf("b failed because of %q", reason)
		}
		if c.stop && !strings.HasPrefix(r.Reason, "b: ") {
			t.Errorf("it stopped because of %q", r.Reason)
		}
	}
}

func TestARolloutWaitsForBoardsThatAreAway(t *testing.T) {
	f := newFleet(t, newRecords())
	f.add("a", "good").come()
	late := f.add("b", "good")
	id := f.roll(NewRollout{AtOnce: 4}).ID
	r := f.until(id, "through with a", func(r Rollout) bool { return r.Counts.Done == 1 })
	if got := turns(r); got != "running a:done b:waiting" {
		t.Error(got)
	}
	late.come()
	if got := turns(f.ended(id)); got != "done a:done b:done" {
		t.Error(got)
	}
}

func TestACancelledRolloutEndsWhatCanBeEnded(t *testing.T) {
	f := newFleet(t, newRecords())
	f.add("a", "silent").come()
	f.add("b", "good").come()
	id := f.roll(NewRollout{AtOnce: 1}).ID
	f.until(id, "under way", func(r Rollout) bool { return r.Counts.Updating == 1 })
	if _, err := f.StartRollout(NewRollout{Version: f.version, AtOnce: 1}, access.Local()); err == nil {
		t.Error("a second one was begun")
	}
	if _, err := f.CancelRollout(id); err != nil {
		t.Fatal(err)
	}
	if got := turns(f.ended(id)); got != "cancelled a:cancelled b:skipped" {
		t.Error(got)
	}
	if _, err := f.CancelRollout(id); err == nil {
		t.Error("it was cancelled twice")
	}
}

// What was under way when the gateway ended is begun again: that is no failure of the board.
func TestARolloutGoesOnAfterARestart(t *testing.T) {
	records := newRecords()
	f := newFleet(t, records)
	a, b := f.add("a", "silent"), f.add("b", "good")
	a.come()
	b.come()
	id := f.roll(NewRollout{AtOnce: 1, StopOnFailure: true}).ID
	f.until(id, "under way", func(r Rollout) bool { return r.Counts.Updating == 1 })
	f.Stopping()
	a.x.Left()
	b.x.Left()
	f.stop()

	f = newFleet(t, records)
	a.at(f, "good", "one").come()
	b.at(f, "good", "one").come()
	if got := turns(f.ended(id)); got != "done a:done b:done" {
		t.Error(got)
	}
}

// So it is when the power is cut while a board starts its new build.
func TestABoardThatStartsItsNewBuildMayOutliveTheGateway(t *testing.T) {
	records := newRecords()
	f := newFleet(t, records)
	a := f.add("a", "silent")
	a.come()
	id := f.roll(NewRollout{AtOnce: 1, StopOnFailure: true}).ID
	f.until(id, "under way", func(r Rollout) bool { return r.Counts.Updating == 1 })
	a.say("$ota", map[string]any{"ready": true, "slot": "b"})
	f.stop() // without a word to the connections

	f = newFleet(t, records)
	a.at(f, "good", f.version).come()
	if got := turns(f.ended(id)); got != "done a:done" {
		t.Error(got)
	}
}

func TestARolloutThatIsNotToBeIsRefused(t *testing.T) {
	f := newFleet(t, newRecords())
	f.add("a", "good")
	for what, n := range map[string]NewRollout{
		"no such version": {Version: "three", AtOnce: 1},
		"no such board":   {Version: f.version, AtOnce: 1, Boards: []string{"z"}},
		"no board":        {Version: f.version, AtOnce: 1, Boards: []string{}},
		"none at a time":  {Version: f.version},
		"too many":        {Version: f.version, AtOnce: 17},
	} {
		if _, err := f.StartRollout(n, access.Local()); err == nil {
			t.Errorf("%s: begun all the same", what)
		}
	}
	f.records.fail = errors.New("no space")
	if _, err := f.StartRollout(NewRollout{Version: f.version, AtOnce: 1}, access.Local()); err == nil || len(f.Rollouts()) != 0 {
		t.Error("a rollout that is not on disk was begun")
	}
	f.records.fail = nil
	for range keptRollouts + 3 {
		r := f.roll(NewRollout{AtOnce: 1})
		if _, err := f.CancelRollout(r.ID); err != nil {
			t.Fatal(err)
		}
		f.ended(r.ID)
	}
	if n := len(f.Rollouts()); n != keptRollouts {
		t.Errorf("%d rollouts are remembered", n)
	}
}

// A Raspberry Pi has no clock: after a power cut it may believe that it is earlier than when the last rollout ended.
func TestARolloutOutlivesAClockThatWentBack(t *testing.T) {
	kept := newRecords()
	f := newFleet(t, kept)
	f.add("b", "good")
	before := f.roll(NewRollout{AtOnce: 1})
	if _, err := f.CancelRollout(before.ID); err != nil {
		t.Fatal(err)
	}
	before = f.ended(before.ID)
	before.StartedAt = before.StartedAt.Add(time.Hour)
	if err := records.Put(kept, bucketRollouts, before.ID, before); err != nil {
		t.Fatal(err)
	}
	a := f.add("a", "good")
	id := f.roll(NewRollout{AtOnce: 1, Boards: []string{"a"}}).ID
	f.stop()

	f = newFleet(t, kept)
	a.at(f, "good", "one").come()
	if got := turns(f.ended(id)); got != "done a:done" {
		t.Error(got)
	}
}

// Before its hello a board may still be on trial: an update would go to the slot that it runs from.
func TestABoardTakesNoUpdateBeforeItsHello(t *testing.T) {
	f := newFleet(t, newRecords())
	a := f.add("a", "good")
	nonce := strings.Repeat("0", nonceDigits)
	c := f.Challenge("a", nonce)
	x, err := f.Enter(c, proof(a.key, "device", "a", nonce, c.Nonce), a, "")
	if err != nil {
		t.Fatal(err)
	}
	a.x = x
	if _, err := f.StartUpdate(t.Context(), "a", f.version); fault.CodeOf(err) != fault.Offline {
		t.Errorf("before: %v", err)
	}
	a.say("$hello", map[string]any{"version": "one"})
	if _, err := f.StartUpdate(t.Context(), "a", f.version); err != nil {
		t.Errorf("after: %v", err)
	}
}
