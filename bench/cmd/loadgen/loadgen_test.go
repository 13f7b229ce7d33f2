package main

import (
	"strings"
	"testing"
	"time"

	"gateway/bench/internal/load"
)

func TestParseChangesTheUsualWorkload(t *testing.T) {
	target, s, err := parse([]string{"-w", "rooms", "-n", "7", "-window", "9s", "-namespace", "/mqtt"})
	if err != nil {
		t.Fatal(err)
	}
	if s.Kind != load.Rooms || s.Clients != 7 || s.Topics != 7 || s.Rate != 20_000 || s.Size != 100 || s.Window != 9*time.Second {
		t.Errorf("workload %+v", s)
	}
	if target.Namespace != "/mqtt" || target.HTTP != "127.0.0.1:8090" {
		t.Errorf("target %+v", target)
	}
}

func TestRunTellsWhatIsWrong(t *testing.T) {
	for name, args := range map[string][]string{
		"workload": {"-w", "chat"},
		"refused":  {"-w", "idle", "-n", "1", "-http", "127.0.0.1:1"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := run(t.Context(), args, &strings.Builder{}); err == nil {
				t.Error("no error")
			}
		})
	}
}
