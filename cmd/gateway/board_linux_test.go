package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/rogpeppe/go-internal/testscript"

	"gateway/firmware"
	"gateway/internal/device"
	"gateway/internal/flash/port"
	"gateway/internal/flash/simulator"
)

// condition knows [boards]: boards can be simulated here, and there is firmware for them.
func condition(name string) (bool, error) {
	if name != "boards" {
		return false, fmt.Errorf("unknown condition %q", name)
	}
	if _, err := os.Stat("/dev/ptmx"); err != nil {
		return false, nil
	}
	if _, err := exec.LookPath("node"); err != nil {
		return false, nil
	}
	b, err := device.ReadBuiltin(firmware.FS())
	return b != nil && err == nil, nil
}

type boardKey struct{}

// setBoard makes room for the board of a script.
func setBoard(e *testscript.Env) { e.Values[boardKey{}] = new(*simulator.Board) }

// board runs `board plug [FAULT,...]`, which plugs a simulated board in at $WORK/tty and puts its image into img.bin, and then
// `board reset`, `board unplug` and `board plug` again.
func board(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 || len(args) > 2 {
		ts.Fatalf("usage: board plug|unplug|reset|away [FAULTS]")
	}
	b, _ := ts.Value(boardKey{}).(**simulator.Board)
	switch args[0] {
	case "plug":
		if *b != nil {
			ts.Check((*b).Plug())
			return
		}
		*b = newBoard(ts, args[1:])
	case "unplug":
		(*b).Unplug()
	case "reset":
		(*b).Reset()
	case "away":
		(*b).Close()
		*b = nil
	}
}

func newBoard(ts *testscript.TestScript, names []string) *simulator.Board {
	work := ts.Getenv("WORK")
	o := simulator.Options{Fast: true, Dir: filepath.Join(work, "flash"), Link: filepath.Join(work, "tty")}
	ts.Check(os.RemoveAll(o.Dir))
	journal, err := os.OpenFile(filepath.Join(work, "board.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	ts.Check(err)
	ts.Defer(func() { _ = journal.Close() })
	o.Log = func(line string) { fmt.Fprintln(journal, line) }
	if len(names) > 0 {
		faults, err := simulator.ParseFaults(names[0])
		ts.Check(err)
		o.Faults = faults
	}
	ts.Check(os.WriteFile(filepath.Join(work, "img.bin"), simulator.ImageOf(200<<10), 0o600))
	b, err := simulator.Start(o)
	ts.Check(err)
	ts.Defer(b.Close)
	return b
}

// hold runs `hold PORT`: somebody else has the port until the script ends.
func hold(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: hold PORT")
	}
	p, err := port.Open(ts.MkAbs(args[0]), 115200)
	ts.Check(err)
	ts.Defer(func() { _ = p.Close() })
}
