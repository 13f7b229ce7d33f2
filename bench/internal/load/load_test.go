package load

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"gateway/bench/internal/stamp"
)

func TestSinkCountsDisorderPerConnectionAndTopic(t *testing.T) {
	s := newSink(2, 3)
	for _, d := range []struct {
		client int
		seq    int64
		topic  int
	}{
		{0, 11, 0}, {0, 13, 0}, {0, 12, 0}, // 12 late
		{0, 12, 1}, {1, 11, 0}, // another topic, another connection: fine
		{1, 14, 0}, {1, 14, 0}, // twice
		{1, 15, 7}, // no topic of this run
	} {
		s.count(d.client, stamp.Append(nil, stamp.Stamp{At: time.Now().UnixNano(), Seq: d.seq, Topic: d.topic}), time.Now())
	}
	s.count(1, stamp.Append(nil, stamp.Stamp{At: s.created - 1, Seq: 99}), time.Now()) // replayed, of another run
	s.count(0, []byte(`42["other",1]`), time.Now())
	var r Result
	s.fill(&r, time.Now().Add(-time.Second), time.Second)
	if r.Delivered != 7 || r.OutOfOrder != 2 {
		t.Errorf("delivered %d, out of order %d, want 7 and 2", r.Delivered, r.OutOfOrder)
	}
}

func TestSinkLeavesOutTheWarmup(t *testing.T) {
	s := newSink(1, 1)
	at := func(seq int64) []byte { return stamp.Append(nil, stamp.Stamp{At: time.Now().UnixNano(), Seq: seq}) }
	s.count(0, at(1), time.Now().Add(time.Hour))
	s.begin(2)
	s.count(0, at(2), time.Now().Add(time.Hour)) // late
	s.count(0, at(3), time.Now())
	var r Result
	s.fill(&r, time.Now().Add(-time.Second), time.Second)
	if r.Delivered != 1 || r.P99 > time.Minute {
		t.Errorf("delivered %d with p99 %v, want only the one of the window", r.Delivered, r.P99)
	}
}

// unbounded is for senders that need no deadline.
type unbounded struct{}

func (unbounded) deadline(time.Time) error { return nil }

type countingSender struct {
	unbounded
	sent, fail int
}

var errBroken = errors.New("broken")

func (c *countingSender) send(n int) error {
	c.sent += n
	if c.fail > 0 && c.sent >= c.fail {
		return errBroken
	}
	return nil
}

func TestPaceSendsWhatIsDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c countingSender
		begin := time.Now()
		n, err := pace(t.Context(), &c, 10_000, 50*time.Millisecond)
		if err != nil || n != 500 || c.sent != 500 {
			t.Errorf("sent %d, says %d, %v; want 500", c.sent, n, err)
		}
		if d := time.Since(begin); d < 49*time.Millisecond || d > 50*time.Millisecond {
			t.Errorf("took %v, want 50ms", d)
		}
	})
}

func TestPaceGivesUpWhenTheServerPushesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, err := pace(t.Context(), stuckSender{}, 100_000, time.Second)
		if err != nil || n == 0 || n >= 100_000 {
			t.Errorf("sent %d of 100000, %v; want a part, no error", n, err)
		}
	})
}

// stuckSender needs 700 ms for each write.
type stuckSender struct{ unbounded }

func (stuckSender) send(int) error {
	time.Sleep(700 * time.Millisecond)
	return nil
}

func TestPaceEndsWithErrorOrContext(t *testing.T) {
	if _, err := pace(t.Context(), &countingSender{fail: 3}, 1000, time.Hour); !errors.Is(err, errBroken) {
		t.Errorf("err = %v, want that of the sender", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := pace(ctx, &countingSender{}, 1, time.Hour); !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v, want canceled", err)
	}
}

func TestStandardKnowsEveryKind(t *testing.T) {
	for _, kind := range Kinds() {
		full, err := Standard(kind, 77, false)
		if err != nil {
			t.Fatal(err)
		}
		quick, err := Standard(kind, 77, true)
		if err != nil || quick.limit() > full.limit() || kind.Repeats() && kind != Calm && kind != Slow && quick.Window >= full.Window || full.Clients == 0 {
			t.Errorf("%s: %+v and quick %+v (%v)", kind, full, quick, err)
		}
	}
	if _, err := Standard("other", 1, false); err == nil {
		t.Error("unknown workload: no error")
	}
}
