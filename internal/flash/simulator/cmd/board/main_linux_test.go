package main

import (
	"bufio"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"gateway/internal/flash/image"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestObeys(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	dir := t.TempDir()
	link := filepath.Join(dir, "port")
	in, orders := io.Pipe()
	said, out := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := run(ctx, []string{"-dir", dir, "-link", link, "-fast", "-size", "1048576", "-repl", "none"}, in, out)
		_ = out.Close()
		_ = in.Close()
		ended <- err
	}()
	lines := bufio.NewScanner(said)
	for _, step := range []struct{ order, says string }{
		{"", "port /dev/pts/"},
		{"", "boot nothing"},
		{"loader", "loader"},
		{"reset", "boot nothing"},
		{"unplug", "unplugged"},
		{"plug", "port /dev/pts/"},
		{"", "boot nothing"},
		{"dance", "error: reset, loader"},
	} {
		if step.order != "" {
			if _, err := io.WriteString(orders, step.order+"\n"); err != nil {
				t.Fatal(err)
			}
		}
		if !lines.Scan() || !strings.HasPrefix(lines.Text(), step.says) {
			t.Fatalf("after %q it says %q, want %q", step.order, lines.Text(), step.says)
		}
	}
	if to, err := os.Readlink(link); err != nil || !strings.HasPrefix(to, "/dev/pts/") {
		t.Errorf("the link leads to %q, %v", to, err)
	}
	_, _ = io.WriteString(orders, "quit\n")
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if _, err := os.Readlink(link); err == nil {
		t.Error("the link is left")
	}
}

func TestWritesAnImage(t *testing.T) {
	name := filepath.Join(t.TempDir(), "image.bin")
	if err := run(t.Context(), []string{"-image", name}, nil, io.Discard); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := image.Check(data); err != nil {
		t.Error(err)
	}
}

func TestSaysWhatIsWrong(t *testing.T) {
	for _, args := range [][]string{{}, {"-dir", t.TempDir(), "-repl", "none", "-fault", "rain"}, {"-dir", t.TempDir(), "-repl", "none", "-size", "1000"}} {
		if err := run(t.Context(), args, strings.NewReader(""), io.Discard); err == nil {
			t.Errorf("%v is taken", args)
		}
	}
}
