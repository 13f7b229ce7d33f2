//go:build linux

package simulator

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Options say what board there is.
type Options struct {
	// Dir keeps the flash: its bytes in flash.bin, its file system in files/. Needed.
	Dir string
	// Link is made a symbolic link to the port, and follows it when the board is plugged in anew. "": none.
	Link string
	// Size of the flash in bytes; 0 is 4 MiB.
	Size int
	// Faults are what is wrong with it.
	Faults Faults
	// Fast leaves out what takes time on a real board: the line, the flash.
	Fast bool
	// WebSocket is an address to listen at, for browsers; see [Board.WebSocket]. "": none.
	WebSocket string
	// Program is firmware/tests/rig/repl.mjs; "" looks for it from the working directory up.
	Program string
	// Log is called with a line for each thing that happens, one at a time. It may be nil.
	Log func(line string)
}

// complete fills in what was left out.
func (o Options) complete() (Options, error) {
	if o.Dir == "" {
		return o, errors.New("a board needs a folder for its flash")
	}
	if o.Size == 0 {
		o.Size = 4 << 20
	}
	if o.Faults.Has(Short) {
		o.Size = 1 << 20
	}
	if o.Size < 64<<10 || o.Size > 16<<20 || o.Size&(o.Size-1) != 0 {
		return o, fmt.Errorf("a flash of %d bytes: there are powers of two from 64 KiB to 16 MiB", o.Size)
	}
	if o.Log == nil {
		o.Log = func(string) {}
	}
	if o.Program != "" {
		return o, nil
	}
	var err error
	if o.Program, err = find("firmware/tests/rig/repl.mjs"); err != nil {
		return o, fmt.Errorf("%w: %w", ErrNoMicroPython, err)
	}
	return o, installed(o.Program)
}

// ErrNoMicroPython is that the packages are missing that the board's MicroPython is made of.
var ErrNoMicroPython = errors.New("no MicroPython to run on a simulated board: run `make firmware`")

func installed(program string) error {
	if _, err := exec.LookPath("node"); err != nil {
		return fmt.Errorf("%w: %w", ErrNoMicroPython, err)
	}
	packages := filepath.Join(filepath.Dir(program), "../../node_modules/@micropython")
	if _, err := os.Stat(packages); err != nil {
		return fmt.Errorf("%w: %w", ErrNoMicroPython, err)
	}
	return nil
}

// crash is a program that restarts the board before anybody can say much to it.
const crash = `import machine
import time

print("something is wrong here")
time.sleep_ms(300)
machine.reset()
`

// prepare writes what the faults want to be on the board's file system, unless it is there.
func (o Options) prepare() error {
	if !o.Faults.Has(CrashLoop) {
		return nil
	}
	name := filepath.Join(o.Dir, "files", "main.py")
	if _, err := os.Stat(name); err == nil {
		return nil
	}
	return os.WriteFile(name, []byte(crash), 0o644)
}
