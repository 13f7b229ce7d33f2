//go:build linux

package simulator_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"gateway/internal/flash/image"
	"gateway/internal/flash/port"
	"gateway/internal/flash/repl"
	"gateway/internal/flash/rom"
	"gateway/internal/flash/simulator"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start plugs in a board that goes with the test, with files and an image if there are any.
func start(t *testing.T, o simulator.Options, files map[string]string) *simulator.Board {
	t.Helper()
	o.Dir, o.Log = t.TempDir(), func(line string) { t.Log("board:", line) }
	o.Link = filepath.Join(o.Dir, "port")
	for name, text := range files {
		put(t, filepath.Join(o.Dir, "files", name), []byte(text))
	}
	if files != nil {
		flash := bytes.Repeat([]byte{0xFF}, 4<<20)
		copy(flash, image.ForFlash(simulator.ImageOf(64<<10), 4<<20))
		put(t, filepath.Join(o.Dir, "flash.bin"), flash)
	}
	b, err := simulator.Start(o)
	if errors.Is(err, simulator.ErrNoMicroPython) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

func put(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

func await(t *testing.T, b *simulator.Board, text string) {
	t.Helper()
	if _, err := b.Await(within(t, time.Minute), text); err != nil {
		t.Fatal(err)
	}
}

// terminal is a port as a person reads it.
type terminal struct {
	*port.Port
	rest []byte // heard, behind what was waited for
}

// hear reads until text came.
func (p *terminal) hear(t *testing.T, text string) string {
	t.Helper()
	ctx := within(t, time.Minute)
	buf := make([]byte, 256)
	for !bytes.Contains(p.rest, []byte(text)) {
		n, err := p.Read(ctx, buf)
		if err != nil {
			t.Fatalf("%v, before %q; heard %q", err, text, p.rest)
		}
		p.rest = append(p.rest, buf[:n]...)
	}
	before, after, _ := bytes.Cut(p.rest, []byte(text))
	p.rest = after
	return string(before) + text
}

func (p *terminal) send(t *testing.T, text string) {
	t.Helper()
	if err := p.Write(within(t, time.Minute), []byte(text)); err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T, name string, baud int) *terminal {
	t.Helper()
	p, err := port.Open(name, baud)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return &terminal{Port: p}
}

func TestBareToFilesOnIt(t *testing.T) {
	ctx := within(t, time.Minute)
	b := start(t, simulator.Options{Fast: true}, nil)
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

// sketch waits as those of the agent do: on asyncio's loop.
const sketch = `
import asyncio
from machine import Pin

async def main():
    print("sketch runs")
    for n, level in (14, 1), (12, 0), (13, 0):
        Pin(n, Pin.OUT).value(level)
    while True:
        await asyncio.sleep(1)

asyncio.run(main())
`

func TestSketchRunsUntilCtrlC(t *testing.T) {
	b := start(t, simulator.Options{Fast: true}, map[string]string{"main.py": sketch})
	p := open(t, b.Port(), 115200)
	await(t, b, "lamp red")
	p.send(t, "print(7 * 6)\r")
	p.send(t, "\x03")
	if heard := p.hear(t, ">>> "); !strings.Contains(heard, "sketch runs\r\n") || !strings.Contains(heard, "KeyboardInterrupt") || strings.Contains(heard, "42") {
		t.Errorf("heard %q", heard)
	}
	p.send(t, "print(7 * 6)\r")
	p.hear(t, "42\r\n>>> ")
}

func TestRestarts(t *testing.T) {
	b := start(t, simulator.Options{Fast: true}, map[string]string{
		"main.py": "import machine\nprint('cause', machine.reset_cause())\n",
	})
	p := open(t, b.Port(), 115200)
	p.hear(t, "cause 0\r\n")
	p.hear(t, ">>> ")
	p.send(t, "\x04")
	if heard := p.hear(t, ">>> "); !strings.Contains(heard, "soft reboot") || !strings.Contains(heard, "cause 4") {
		t.Errorf("Ctrl-D: %q", heard)
	}
	p.send(t, "import machine\rmachine.reset()\r")
	p.hear(t, "cause 6\r\n")
	p.hear(t, ">>> ")
	p.send(t, "machine.WDT(timeout=50)\r")
	p.hear(t, "cause 1\r\n")
	b.Reset()
	p.hear(t, "cause 6\r\n")
}

func TestSoftResetOutOfTheRawREPLLeadsBack(t *testing.T) {
	b := start(t, simulator.Options{Fast: true}, map[string]string{"main.py": "print('not now')\n"})
	p := open(t, b.Port(), 115200)
	p.hear(t, ">>> ")
	p.send(t, "\x01")
	p.hear(t, "raw REPL; CTRL-B to exit\r\n>")
	p.send(t, "\x04")
	if heard := p.hear(t, "raw REPL; CTRL-B to exit\r\n>"); !strings.Contains(heard, "soft reboot") || strings.Contains(heard, "not now") {
		t.Errorf("heard %q", heard)
	}
	p.send(t, "\x02")
	p.hear(t, "; ESP module with ESP8266\r\n")
}

func TestAtAnotherSpeedComesRubbish(t *testing.T) {
	b := start(t, simulator.Options{Fast: true}, map[string]string{"main.py": "print('hello')\n"})
	p := open(t, b.Port(), 9600)
	await(t, b, "boot")
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	var heard []byte
	for buf := make([]byte, 256); ; {
		n, err := p.Read(ctx, buf)
		if heard = append(heard, buf[:n]...); err != nil {
			break
		}
	}
	if len(heard) == 0 || bytes.Contains(heard, []byte("hello")) {
		t.Errorf("heard %q", heard)
	}
}

func TestLinkFollowsTheBoard(t *testing.T) {
	b := start(t, simulator.Options{Fast: true}, map[string]string{"main.py": "print('up')\n"})
	link := filepath.Join(b.Dir(), "port")
	p := open(t, link, 115200)
	p.hear(t, "up\r\n")
	b.Unplug()
	if _, err := os.Lstat(link); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the link: %v", err)
	}
	if _, err := p.Read(within(t, time.Minute), make([]byte, 256)); !errors.Is(err, port.ErrGone) {
		t.Errorf("reading says %v", err)
	}
	if err := b.Plug(); err != nil {
		t.Fatal(err)
	}
	open(t, link, 115200).hear(t, "up\r\n")
}

func TestNeverResets(t *testing.T) {
	b := start(t, simulator.Options{Fast: true, Faults: simulator.Faults{simulator.NeverResets}}, map[string]string{})
	p := open(t, b.Port(), 115200)
	await(t, b, "boot")
	loader, err := rom.Connect(within(t, time.Minute), p, rom.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := loader.Boot(within(t, time.Minute)); err != nil {
		t.Fatal(err)
	}
	if _, err := rom.Connect(within(t, time.Minute), p, rom.Options{}); err != nil {
		t.Errorf("it left its loader: %v", err)
	}
	if err := p.SetBaud(rom.ConsoleBaud); err != nil {
		t.Fatal(err)
	}
	b.Reset()
	p.hear(t, ">>> ")
}

func TestNoFilesWhenTheHeaderTellsOfASmallFlash(t *testing.T) {
	b := start(t, simulator.Options{Fast: true}, nil)
	p := open(t, b.Port(), 115200)
	loader, err := rom.Connect(within(t, time.Minute), p, rom.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := loader.Write(within(t, time.Minute), 0, simulator.ImageOf(64<<10), nil); err != nil {
		t.Fatal(err)
	}
	if err := loader.Boot(within(t, time.Minute)); err != nil {
		t.Fatal(err)
	}
	await(t, b, "no file system")
	r, err := repl.Enter(within(t, time.Minute), p)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Put(within(t, time.Minute), "/main.py", []byte("print(1)"), nil); err == nil {
		t.Error("a file was put where there is no room for files")
	}
}
