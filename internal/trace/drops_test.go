package trace

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

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
	if lines := strings.Count(log.String(), "\n"); lines != 3 {
		t.Errorf("%d lines logged, want one for each of 3 sources:\n%s", lines, log.String())
	}
}

func TestManySourcesDoNotGrowTheMemory(t *testing.T) {
	d := NewDrops(slog.New(slog.DiscardHandler))
	for i := range 3 * maxLogged {
		d.Add(Key{"http", "denied", ""}, fmt.Sprint(i), "")
	}
	if len(d.logged) > maxLogged {
		t.Errorf("%d sources remembered, want at most %d", len(d.logged), maxLogged)
	}
}
