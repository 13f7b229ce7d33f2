package rules

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"gateway/internal/fault"
	"gateway/pkg/mapping"
)

func sample(topic, payload string) Sample {
	return Sample{Seq: 1, Topic: topic, Payload: []byte(payload), Size: len(payload)}
}

func TestADryRunCountsAndSendsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		old, _ := w.create(room("r"))
		table := w.table
		next := old.Rule
		next.When = "payload > 10"
		var told []Dryrun
		d, err := w.DryRun(context.Background(), next, old.ID, 3, func(d Dryrun) { told = append(told, d) })
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range []Sample{sample("r/a", "5"), sample("r/b", "15"), sample("other", "1"), sample("r/c", `"x"`)} {
			w.heard(m)
		}
		synctest.Wait()
		time.Sleep(3 * time.Second)
		synctest.Wait()
		got, err := w.GetDryRun(d.ID)
		if err != nil || !got.Done || got.LookedAt != 4 || got.Matched != 3 || got.Sent != 1 || got.Filtered != 1 || got.Failed != 1 || got.OldSent != 3 || got.Differ != 2 {
			t.Errorf("%+v %v", got, err)
		}
		if want := "r/c: when_error | /r c=\"x\" !\nr/b: /r b=15 | /r b=15\nr/a: when | /r a=5 !"; story(got.Last) != want {
			t.Errorf("got\n%s", story(got.Last))
		}
		if n := len(told); n < 3 || !told[n-1].Done || told[0].Done {
			t.Errorf("told %d times", n)
		}
		if w.table != table {
			t.Error("the rules in force have changed")
		}
	})
}

func TestDryRunsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		var ids []string
		for range maxDryruns {
			d, err := w.DryRun(context.Background(), room("r"), "", 0, nil)
			if err != nil || d.Seconds != 60 {
				t.Fatal(d, err)
			}
			ids = append(ids, d.ID)
		}
		if _, err := w.DryRun(context.Background(), room("r"), "", 5, nil); fault.CodeOf(err) != fault.RateLimited {
			t.Errorf("one too many: %v", err)
		}
		if err := w.EndDryRun(ids[0]); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		if d, err := w.GetDryRun(ids[0]); err != nil || !d.Done {
			t.Errorf("%+v %v", d, err)
		}
		for range 3 * (maxDryruns + maxDryrunsOld) {
			d, err := w.DryRun(context.Background(), room("r"), "", 5, nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := w.EndDryRun(d.ID); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		if n := len(w.dry.runs); n > maxDryruns+maxDryrunsOld {
			t.Errorf("%d are kept", n)
		}
		if err := w.EndDryRun(ids[0]); !errors.Is(err, ErrNotFound) {
			t.Errorf("got %v", err)
		}
		w.Close() // synctest sees to it that nothing is left behind
	})
}

func TestADryRunHoldsNobodyUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		slow := room("r")
		slow.Transform = "sum(map(1..300, # * 2))"
		d, err := w.DryRun(context.Background(), slow, "", 1, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 10 * dryrunQueue {
			w.heard(sample(fmt.Sprint("r/", i), "1"))
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		got, _ := w.GetDryRun(d.ID)
		if got.Matched != 10*dryrunQueue || got.Sent+got.Missed != got.Matched || len(got.Last) != dryrunRows {
			t.Errorf("%+v", got)
		}
	})
}

func TestADryRunRefusesWhatDoesNotCompile(t *testing.T) {
	w := newWorld(t)
	_, err := w.DryRun(context.Background(), mapping.Rule{Name: "r", Topic: "a"}, "", 1, nil)
	refused(t, err, ErrProblems, "namespace", "no target")
}

func TestADryRunHoldsLittleOfLargeMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		d, err := w.DryRun(context.Background(), room("r"), "", 1, nil)
		if err != nil {
			t.Fatal(err)
		}
		picture := string(bytes.Repeat([]byte{0xff}, 1<<20))
		for range 40 {
			w.heard(sample("r/camera", picture)) // faster than they can be tried, or not
		}
		w.heard(sample("r/text", strings.Repeat("ä", maxValue)))
		time.Sleep(2 * time.Second)
		synctest.Wait()
		got, err := w.GetDryRun(d.ID)
		if err != nil || !got.Done || got.Matched != 41 || got.Sent+got.Missed != 41 {
			t.Errorf("%+v %v", got, err)
		}
		for _, r := range got.Last {
			if n := len(r.New.Value); !r.New.Cut || n > maxValue || n < maxValue-utf8.UTFMax {
				t.Errorf("%s: %d bytes of the value are kept, cut %v", r.Topic, n, r.New.Cut)
			}
		}
		if run := w.dry.runs[d.ID]; run.queued.Load() != 0 {
			t.Errorf("%d bytes are said to wait", run.queued.Load())
		}
	})
}

// While nothing is tried, what waits is bounded in bytes.
func TestADryRunsQueueIsBoundedInBytes(t *testing.T) {
	trial := &trial{}
	trial.reads("r/{x}")
	d := &dryrun{trial: trial, queue: make(chan Sample, dryrunQueue)}
	picture := strings.Repeat("x", 1<<20)
	for range 40 {
		d.hear(sample("r/camera", picture))
	}
	if n := len(d.queue); n != 3 || d.missed.Load() != 37 {
		t.Errorf("%d wait, %d are missed", n, d.missed.Load())
	}
}
