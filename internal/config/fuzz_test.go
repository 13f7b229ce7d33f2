package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzParse feeds whole files: whatever they hold, every complaint has a line of the file and a reason.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/bad/*.toml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range append(files, "testdata/full.toml", exampleFile) {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(data))
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, _, err := parse("f", []byte(text), nil, nil, true)
		var p *Problems
		switch {
		case err == nil && c == nil, err != nil && !errors.As(err, &p):
			t.Fatalf("%v, %v", c, err)
		case err == nil:
			return
		}
		for _, q := range p.List {
			if q.Line < 1 || q.Line > strings.Count(text, "\n")+1 || q.Message == "" {
				t.Errorf("%+v", q)
			}
		}
	})
}

// FuzzSize reads sizes: what is printed reads back as the same.
func FuzzSize(f *testing.F) {
	for _, s := range []string{"1MiB", "64 KiB", "0", "9223372036854775807", "8388608TiB", "-1", "1.5GB", " 7 B "} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, ok := parseSize(s)
		if !ok {
			return
		}
		if back, ok := parseSize(formatSize(n)); n < 0 || !ok || back != n {
			t.Errorf("%q = %d, printed as %s, read back as %d", s, n, formatSize(n), back)
		}
	})
}
