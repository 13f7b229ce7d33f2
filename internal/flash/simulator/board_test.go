//go:build linux

package simulator_test

import (
	"bytes"
	"context"
	"path/filepath"
	"testing"
	"time"

	"gateway/internal/flash/image"
	"gateway/internal/flash/port"
	"gateway/internal/flash/repl"
	"gateway/internal/flash/rom"
	"gateway/internal/flash/simulator"
)

// start plugs in a board that goes with the test.
func start(t *testing.T, o simulator.Options) *simulator.Board {
	t.Helper()
	o.Dir, o.Log = t.TempDir(), func(line string) { t.Log("board:", line) }
	o.Link = filepath.Join(o.Dir, "port")
	b, err := simulator.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

func open(t *testing.T, name string, baud int) *port.Port {
	t.Helper()
	p, err := port.Open(name, baud)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p
}

func TestBareToFilesOnIt(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	b := start(t, simulator.Options{Fast: true})
	p := open(t, b.Port(), 460800)

	loader, err := rom.Connect(ctx, p, rom.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if c := loader.Chip(); c.MAC != simulator.MAC || c.FlashSize != 4<<20 {
		t.Errorf("chip %+v", c)
	}
	img := image.ForFlash(simulator.Image(), 4<<20)
	if err := loader.Write(ctx, 0, img, nil); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(b.Flash()[:len(img)], img) {
		t.Fatal("the flash does not hold the image")
	}
	if err := loader.Boot(ctx); err != nil {
		t.Fatal(err)
	}
	r, err := repl.Enter(ctx, p)
	if err != nil {
		t.Fatal(err)
	}
	data := bytes.Repeat([]byte("print('hello')\n"), 100)
	if err := r.Put(ctx, "/a/lib/hello.py", data, nil); err != nil {
		t.Fatal(err)
	}
	if err := r.Reset(ctx); err != nil {
		t.Fatal(err)
	}
	if got, err := b.File("/a/lib/hello.py"); err != nil || !bytes.Equal(got, data) {
		t.Errorf("the file holds %d bytes, %v", len(got), err)
	}
}
