package flash

import (
	"fmt"
	"strings"
	"testing"

	"gateway/internal/fault"
)

func TestAJobFromItsBeginToItsEnd(t *testing.T) {
	for _, kind := range []Kind{Full, Files, Erase} {
		told := 0
		tr := NewTracker("x", Work{Kind: kind}, func() { told++ })
		percent := 0
		look := func() Job {
			j := tr.Job()
			if j.Percent < percent || j.Percent > 99 && j.State == Running {
				t.Errorf("%s: %d %% after %d %%", kind, j.Percent, percent)
			}
			percent = j.Percent
			return j
		}
		for _, s := range phases(kind) {
			tr.begin(s.phase, 1000)
			look()
			tr.moved(500, 1000)
			if j := look(); j.Phase != s.phase || j.phase().State != Running || j.phase().Done != 500 || j.ETA <= 0 {
				t.Errorf("%s: %+v", s.phase, j)
			}
		}
		tr.end(nil, &Suggestion{Topic: "a"})
		j := tr.Job()
		if j.State != Done || j.Percent != 100 || j.ETA != 0 || j.Suggestion == nil || j.Ended.IsZero() || told == 0 {
			t.Errorf("%s: %+v", kind, j)
		}
		for _, p := range j.Phases {
			if p.State != Done {
				t.Errorf("%s: %+v", kind, p)
			}
		}
	}
}

func TestAJobThatFails(t *testing.T) {
	tr := NewTracker("x", Work{Kind: Full}, nil)
	tr.begin(Connect, 0)
	tr.begin(Write, 100)
	tr.manual(true)
	tr.end(&Failure{Reason: IsGone, Code: fault.Offline, Detail: "gone"}, nil)
	j := tr.Job()
	states := ""
	for _, p := range j.Phases {
		states += string(p.State) + " "
	}
	if j.State != Failed || states != "done skipped failed skipped skipped skipped skipped " || j.Manual || j.Failure.Detail != "gone" {
		t.Errorf("%s, %s, %+v", j.State, states, j)
	}
}

func TestTheLogIsBoundedNumberedAndKeepsSecrets(t *testing.T) {
	tr := NewTracker("x", Work{Kind: Full}, nil)
	tr.provisioned(&Kit{Secrets: []string{"", "password", "0123abcd"}})
	for n := range maxLines + 10 {
		tr.say(FromBoard, fmt.Sprintf("line %d", n))
	}
	tr.say(FromBoard, "the key is 0123abcd and the password password\x1b[31m\n")
	tr.say(FromBoard, wrongPassword)
	tr.say(FromBoard, strings.Repeat("ü", maxLine))
	j := tr.Job()
	log := j.Log
	if len(log) != maxLines || log[maxLines-1].N != maxLines+13 || log[0].N != 14 {
		t.Errorf("%d lines, from %d to %d", len(log), log[0].N, log[maxLines-1].N)
	}
	if got := log[maxLines-3].Text; got != "the key is *** and the *** ***[31m" {
		t.Errorf("%q", got)
	}
	if got := log[maxLines-2].Text; got != wrongPassword { // else somebody whose password is "password" would give it away
		t.Errorf("%q", got)
	}
	if got := log[maxLines-1].Text; len(got) > maxLine+3 || !strings.HasSuffix(got, "ü…") {
		t.Errorf("%q", got)
	}
	log[0].Text = "changed"
	if tr.Job().Log[0].Text == "changed" {
		t.Error("the log is not the caller's own")
	}
}
