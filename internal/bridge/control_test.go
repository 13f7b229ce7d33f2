package bridge

import (
	"testing"
	"time"

	"gateway/pkg/mapping"
)

func TestARenamedRuleKeepsItsCounters(t *testing.T) {
	rule := mapping.Rule{Name: "old", Topic: "a/{x}", Namespace: "/a", Event: "{x}"}
	w := newWorld(t, rule)
	w.publish("a/1", "1")
	w.publish("a/2", "2")
	rule.Name = "new"
	table, err := mapping.Compile([]mapping.Rule{rule})
	if err != nil {
		t.Fatal(err)
	}
	w.bridge.Rename("old", "new")
	w.bridge.Apply(table, nil)
	w.publish("a/3", "3")
	stats := w.bridge.Stats()
	if len(stats) != 1 || stats[0].Rule != "new" || stats[0].Out != 3 {
		t.Errorf("got %+v", stats)
	}
}

func TestResumeEndsAPause(t *testing.T) {
	w := newWorld(t, mapping.Rule{Name: "r", Topic: "a/{x}", Namespace: "/a", Event: "{x}", Direction: mapping.Out, Transform: "payload"})
	now := time.Now()
	w.bridge.now = func() time.Time { now = now.Add(slowRun); return now } // every run is slow
	for range 2 * slowRuns {
		w.publish("a/1", "1")
	}
	if _, paused := w.bridge.Paused("r"); !paused {
		t.Fatal("a slow rule is not paused")
	}
	before := w.bridge.Stats()[0]
	w.bridge.now = time.Now
	w.bridge.Resume("r")
	if until, paused := w.bridge.Paused("r"); paused {
		t.Errorf("paused until %s", until)
	}
	w.publish("a/1", "1")
	if after := w.bridge.Stats()[0]; after.Out != before.Out+1 {
		t.Errorf("%+v, then %+v", before, after)
	}
	if _, paused := w.bridge.Paused("nothing"); paused {
		t.Error("a rule that is not there is paused")
	}
}
