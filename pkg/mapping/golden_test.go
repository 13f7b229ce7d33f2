package mapping

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestBadFiles holds one file per kind of fault to its exact message.
func TestBadFiles(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*.toml")
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".toml"), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, strings.TrimSuffix(file, ".toml")+".golden", complaints(filepath.Base(file), data))
		})
	}
}

// complaints are what reading and compiling a file reports.
func complaints(name string, data []byte) string {
	rules, err := ParseTOML(name, data)
	if err != nil {
		return err.Error() + "\n"
	}
	if _, err = Compile(rules); err != nil {
		return err.Error() + "\n"
	}
	return ""
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got == "" || got != string(want) {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}
