package main

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"gateway/internal/fault"
	"gateway/internal/flash"
	"gateway/internal/flash/port"
)

// failing is work that ends at once: no port opens.
func failing(t *testing.T, p *progress) *flash.Failure {
	t.Helper()
	w := flash.Work{Kind: flash.Files, Port: "tty"}
	tr := flash.NewTracker("", w, p.poke)
	p.follow(tr)
	err := flash.Run(context.Background(), w, nil, tr, flash.Tools{Open: func(string, int) (flash.Wire, error) {
		return nil, fault.New(fault.Unavailable, "tty: %w by picocom (pid 7): close it and try again", port.ErrBusy)
	}})
	p.end()
	f, ok := err.(*flash.Failure)
	if !ok {
		t.Fatalf("%v is no failure", err)
	}
	return f
}

func TestATerminalIsLeftAsItWas(t *testing.T) {
	var out bytes.Buffer
	f := failing(t, &progress{out: &out, moves: true})
	if exitCode(f) != 4 || !strings.Contains(f.Error(), "picocom (pid 7)") {
		t.Errorf("%d: %v", exitCode(f), f)
	}
	text := out.String()
	if !strings.Contains(text, "connect  [........................]   0%") || !strings.HasSuffix(text, "\r\x1b[K") {
		t.Errorf("%q", text)
	}
}

func TestPlainLinesHaveNoControlCharacters(t *testing.T) {
	var out bytes.Buffer
	failing(t, &progress{out: &out})
	if got := out.String(); got != "connect\n" {
		t.Errorf("%q", got)
	}
	out.Reset()
	failing(t, &progress{out: &out, quiet: true})
	if out.Len() != 0 {
		t.Errorf("%q beside the JSON", out.String())
	}
}

func TestExitCodesOfFlashing(t *testing.T) {
	for _, c := range []struct {
		reason flash.Reason
		phase  flash.Phase
		want   int
	}{
		{flash.IsSilent, flash.Connect, 3},
		{flash.IsGone, flash.Connect, 3},
		{flash.IsGone, flash.Write, 1},
		{flash.IsGone, flash.Online, 5},
		{flash.IsBusy, flash.Connect, 4},
		{flash.IsDenied, flash.Connect, 4},
		{flash.IsWiFi, flash.Online, 5},
		{flash.IsOffline, flash.Online, 5},
		{flash.IsCancelled, flash.Write, 130},
		{flash.IsOther, flash.Connect, 1},
		{flash.IsFlash, flash.Write, 1},
	} {
		if got := exitCode(&flash.Failure{Reason: c.reason, Phase: c.phase}); got != c.want {
			t.Errorf("%s in %s: %d, want %d", c.reason, c.phase, got, c.want)
		}
	}
}
