package trace

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestDropsAreCountedAndLoggedOncePerSource(t *testing.T) {
	var log bytes.Buffer
	d := NewDrops(slog.New(slog.NewTextHandler(&log, nil)))
	for range 3 {
		d.Add(Key{"mqtt", "malformed", ""}, "10.0.0.1", "bad packet")
	}
	d.Add(Key{"mqtt", "malformed", ""}, "10.0.0.1:40001", "bad packet")
	d.Add(Key{"mqtt", "malformed", ""}, "10.0.0.1:40002", "bad packet")
	d.Add(Key{"mqtt", "malformed", ""}, "10.0.0.2", "bad packet")
	d.Add(Key{"mapping", "when_error", "rooms"}, "home/a", "no such field")
	want := []Count{{Key{"mapping", "when_error", "rooms"}, 1}, {Key{"mqtt", "malformed", ""}, 6}}
	if got := d.Counts(); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("counted %v, want %v", got, want)
	}
	d.Flush()
	if lines := strings.Count(log.String(), "\n"); lines != 3 {
		t.Errorf("%d lines logged, want one for each of 3 sources:\n%s", lines, log.String())
	}
}

func TestManySourcesDoNotGrowTheMemory(t *testing.T) {
	d := NewDrops(slog.New(slog.DiscardHandler))
	clock := time.Now()
	d.lines.now = func() time.Time { clock = clock.Add(refill); return clock } // no line is ever left out
	for i := range 3 * maxLogged {
		d.Add(Key{"http", "denied", ""}, fmt.Sprint(i), "")
	}
	d.Flush()
	if len(d.logged) > maxLogged {
		t.Errorf("%d sources remembered, want at most %d", len(d.logged), maxLogged)
	}
}

// A sender chooses its topics: it must not choose how much is logged and remembered.
func TestAFloodOfLongTopicsIsCountedAndHardlyLogged(t *testing.T) {
	var log bytes.Buffer
	d := NewDrops(slog.New(slog.NewTextHandler(&log, nil)))
	clock := time.Now()
	d.lines.now = func() time.Time { return clock }
	const n = 4000
	for i := range n {
		d.Add(Key{"mapping", "invalid", "r"}, fmt.Sprintf("t/%d/", i)+strings.Repeat("\u00e9", 30_000), strings.Repeat("x", 60_000))
	}
	d.Flush()
	if got := d.Counts()[0].N; got != n {
		t.Errorf("%d counted, want %d", got, n)
	}
	if lines := strings.Count(log.String(), "msg=dropped"); lines != burst {
		t.Errorf("%d lines logged, want %d", lines, burst)
	}
	if log.Len() > burst*600 || !utf8.Valid(log.Bytes()) {
		t.Errorf("%d bytes logged, valid UTF-8 %v", log.Len(), utf8.Valid(log.Bytes()))
	}
	if got := omitted(log.String()); got != n-burst {
		t.Errorf("the log says that %d lines were left out, want %d", got, n-burst)
	}
	clock = clock.Add(refill)
	d.Add(Key{"mapping", "invalid", "r"}, "another", "")
	d.Flush()
	if !strings.Contains(log.String(), "source=another") {
		t.Error("a later line is left out too")
	}
}

// omitted is how many lines a log says were left out.
func omitted(log string) (sum int) {
	for _, part := range strings.Split(log, "not logged\" lines=")[1:] {
		var n int
		_, _ = fmt.Sscan(part, &n)
		sum += n
	}
	return sum
}

// stuck is a log that takes nothing until it is opened.
type stuck struct {
	bytes.Buffer
	open sync.Mutex
}

func (s *stuck) Write(p []byte) (int, error) {
	s.open.Lock()
	defer s.open.Unlock()
	return s.Buffer.Write(p)
}

func TestALogThatHangsHoldsNobodyUp(t *testing.T) {
	log := &stuck{}
	d := NewDrops(slog.New(slog.NewTextHandler(log, nil)))
	clock := time.Now()
	d.lines.now = func() time.Time { clock = clock.Add(refill); return clock }
	log.open.Lock()
	for i := range 3 * maxWaiting {
		d.Add(Key{"mqtt", "denied", ""}, fmt.Sprint(i), "") // would never return if it waited
	}
	log.open.Unlock()
	d.Flush()
	lines := strings.Count(log.String(), "msg=dropped")
	if lines < maxWaiting || lines > 2*maxWaiting || lines+omitted(log.String()) != 3*maxWaiting {
		t.Errorf("%d lines written, %d left out", lines, omitted(log.String()))
	}
	if got := d.Counts()[0].N; got != 3*maxWaiting {
		t.Errorf("%d counted, want %d", got, 3*maxWaiting)
	}
}
