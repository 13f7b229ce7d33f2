package main

import (
	"bytes"
	"strings"
	"testing"
)

// TestExitCodes tells a command line nobody can act on (2) from one that failed (1).
func TestExitCodes(t *testing.T) {
	t.Chdir(t.TempDir())
	tests := []struct {
		args   string
		code   int
		stderr string
	}{
		{"version", 0, ""},
		{"check", 0, ""},
		{"check --config absent.toml", 1, "gateway: cannot read config file absent.toml: no such file or directory\n"},
		{"nonsense", 2, "gateway: unknown command \"nonsense\" for \"gateway\"\nsee gateway --help\n"},
		{"map nonsense", 2, "gateway: unknown command \"nonsense\" for \"gateway map\"\nsee gateway map --help\n"},
		{"check extra", 2, "gateway: unexpected argument \"extra\"\nsee gateway check --help\n"},
		{"backup", 2, "gateway: FILE is missing\nsee gateway backup --help\n"},
		{"serve --port 1", 2, "gateway: unknown flag: --port\nsee gateway serve --help\n"},
	}
	for _, tt := range tests {
		t.Run(tt.args, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			code := run(strings.Fields(tt.args), strings.NewReader(""), &stdout, &stderr)
			if code != tt.code || stderr.String() != tt.stderr {
				t.Errorf("exit code %d, want %d; stderr %q, want %q", code, tt.code, &stderr, tt.stderr)
			}
		})
	}
}

func TestBuildString(t *testing.T) {
	b := build{Version: "1.2.3", Commit: "0123456789ab+", Date: "2026-11-24T12:00:00Z", Go: "go1.26", Platform: "linux/arm v6"}
	want := "gateway 1.2.3 (commit 0123456789ab+, 2026-11-24T12:00:00Z), go1.26, linux/arm v6"
	if b.String() != want {
		t.Errorf("%s, want %s", b, want)
	}
	if got := moduleVersion("v0.0.0-20261124120000-0123456789ab+dirty"); got != "dev" {
		t.Errorf("a working tree calls itself %s", got)
	}
	if got := moduleVersion("v1.2.3"); got != "v1.2.3" {
		t.Errorf("%s, want v1.2.3", got)
	}
}
