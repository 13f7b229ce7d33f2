package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWrongCommandLines(t *testing.T) {
	for name, tc := range map[string]struct {
		args []string
		code int
		want string
	}{
		"unknown flag":            {[]string{"-fast"}, 2, "-fast"},
		"argument":                {[]string{"fanout"}, 2, `"fanout"`},
		"unknown server":          {[]string{"-servers", "deno"}, 1, `unknown server "deno"`},
		"baseline without binary": {[]string{"-servers", "baseline"}, 1, "needs -baseline"},
		"unknown workload":        {[]string{"-workloads", "chat"}, 1, `unknown workload "chat"`},
		"no such binary":          {[]string{"-servers", "gateway", "-gateway", "/absent"}, 1, "build gateway"},
	} {
		t.Run(name, func(t *testing.T) {
			var out, errs bytes.Buffer
			if code := run(t.Context(), tc.args, &out, &errs); code != tc.code || !strings.Contains(errs.String(), tc.want) {
				t.Errorf("exit %d with %q, want %d with %q", code, errs.String(), tc.code, tc.want)
			}
		})
	}
}

func TestQuickRunPrintsAndWritesATable(t *testing.T) {
	t.Chdir("../..")
	file := filepath.Join(t.TempDir(), "benchmarks.md")
	var out, errs bytes.Buffer
	args := []string{"-quick", "-servers", "limit", "-workloads", "idle", "-idle-n", "20", "-quiet", "1s", "-o", file}
	if code := run(t.Context(), args, &out, &errs); code != 0 {
		t.Fatalf("exit %d: %s", code, errs.String())
	}
	written, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"output": out.String(), "file": string(written)} {
		if !strings.Contains(text, "| idle ") || !strings.Contains(text, "| limit ") {
			t.Errorf("%s lacks the run:\n%s", name, text)
		}
	}
}
