package store

import (
	"fmt"
	"testing"
	"time"
)

func TestItemsExpire(t *testing.T) {
	uptime := time.Minute
	o := slow()
	o.uptime = func() time.Duration { return uptime }
	now := time.Now()
	o.Now = func() time.Time { return now }
	s := open(t, t.TempDir(), o)
	dropped := ""
	q := openQueue(t, s, "q", QueueOptions{MaxAge: time.Minute, OnDrop: func(n int, reason string) { dropped += fmt.Sprint(n, reason) }})
	push(t, q, "old")
	now = now.AddDate(10, 0, 0) // the clock is set, and no time has passed
	uptime += 50 * time.Second
	push(t, q, "young")
	wantContents(t, q, "1:old 2:young")
	uptime += 20 * time.Second
	wantContents(t, q, "2:young")
	uptime += time.Hour
	s.expireAll() // as the flush loop does
	must(t, s.Flush())
	if q.Len() != 0 || dropped != "1expired1expired" {
		t.Errorf("%d items, dropped %q", q.Len(), dropped)
	}
	wantContents(t, openQueue(t, crashed(t, s), "q", QueueOptions{}), "")
}

// TestItemsAgeWhileTheGatewayIsDown wants the time between two lives to count.
func TestItemsAgeWhileTheGatewayIsDown(t *testing.T) {
	now := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	o := slow()
	o.Now = func() time.Time { return now }
	s := open(t, t.TempDir(), o)
	q := openQueue(t, s, "q", QueueOptions{})
	push(t, q, "checkpointed")
	must(t, s.Checkpoint())
	push(t, q, "logged")
	now = now.Add(time.Hour)
	push(t, q, "young")
	s = reopen(t, s)
	wantContents(t, openQueue(t, s, "q", QueueOptions{MaxAge: time.Minute}), "3:young")
}

// TestItemsAgeAnewWhenTheClockWasWrong wants items of an earlier run neither gone at once nor there for ever, whichever of the two
// runs had its clock set.
func TestItemsAgeAnewWhenTheClockWasWrong(t *testing.T) {
	set, unset := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC), time.Unix(40, 0)
	for name, c := range map[string]struct{ appended, opened time.Time }{
		"appended before the clock was set": {unset, set},
		"opened before the clock was set":   {set, unset},
		"never set":                         {unset.Add(time.Hour), unset},
		"set back by a day":                 {set, set.AddDate(0, 0, -1)},
	} {
		t.Run(name, func(t *testing.T) {
			uptime, now := time.Duration(0), c.appended
			o := slow()
			o.Now, o.uptime = func() time.Time { return now }, func() time.Duration { return uptime }
			s := open(t, t.TempDir(), o)
			q := openQueue(t, s, "q", QueueOptions{})
			push(t, q, "checkpointed")
			must(t, s.Checkpoint())
			push(t, q, "logged")
			now = c.opened
			s = reopen(t, s)
			q = openQueue(t, s, "q", QueueOptions{MaxAge: time.Hour})
			wantContents(t, q, "1:checkpointed 2:logged")
			now, uptime = set, uptime+59*time.Minute // the clock is set meanwhile
			wantContents(t, q, "1:checkpointed 2:logged")
			uptime += 2 * time.Minute
			wantContents(t, q, "")
		})
	}
}
