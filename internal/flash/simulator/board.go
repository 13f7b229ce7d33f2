//go:build linux

package simulator

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
)

// Board is a board at a cable. Its methods may be called from several goroutines.
type Board struct {
	options Options
	memory  *memory
	machine *machine
	line    *line
	journal journal

	ctx    context.Context
	cancel context.CancelFunc
	done   sync.WaitGroup
	calls  chan func()

	// Of the loop alone.
	rom      *rom    // nil: not in the loader
	python   *python // nil: it does not run
	powered  bool
	flashing clock
	held     int        // bytes of SYNC that came, and are held back
	late     []func()   // calls that came while the chip was busy
	kept     []received // bytes that came then
	pins     pins
	rising   int // how often RESET was let go

	address string // of the websocket
	mu      sync.Mutex
	cable   *cable // nil: unplugged
}

// Start plugs a board in: it boots what its flash holds. Close it.
func Start(o Options) (*Board, error) {
	o, err := o.complete()
	if err != nil {
		return nil, err
	}
	m, err := openMemory(o.Dir, o.Size)
	if err != nil {
		return nil, err
	}
	b := &Board{options: o, memory: m, calls: make(chan func(), 16), journal: journal{log: o.Log, news: make(chan struct{})}}
	b.ctx, b.cancel = context.WithCancel(context.Background())
	b.line = newLine(b.ctx, o)
	b.machine = &machine{
		program: o.Program, dir: o.Dir, faults: o.Faults, say: b.journal.say,
		output: func(data []byte) { b.line.send(data, console) },
		ended:  func(p *python) { b.post(func() { b.ended(p) }) },
	}
	err = o.prepare()
	if err == nil && o.WebSocket != "" {
		err = b.listen(o.WebSocket)
	}
	if err == nil {
		b.done.Go(b.line.transmit)
		b.done.Go(b.loop)
		err = b.Plug()
	}
	if err != nil {
		b.Close()
		return nil, fmt.Errorf("simulated board: %w", err)
	}
	return b, nil
}

// Port is the name of the port that a host opens; it changes when the board is plugged in anew. "": unplugged.
func (b *Board) Port() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.cable == nil {
		return ""
	}
	return b.cable.port
}

// Dir is where its flash is, as said to [Start].
func (b *Board) Dir() string { return b.options.Dir }

// Flash returns a copy of the flash.
func (b *Board) Flash() []byte { return b.memory.read(0, b.memory.size()) }

// File returns what a file on the board holds, by its absolute path there, as of the moment when the board was idle last.
func (b *Board) File(name string) ([]byte, error) {
	return os.ReadFile(filepath.Join(b.memory.files, filepath.FromSlash(name)))
}

// Reset presses RESET: the board boots.
func (b *Board) Reset() { b.do(func() { b.boot(causeHard, false) }) }

// Loader holds FLASH and presses RESET: the board is in its ROM's loader.
func (b *Board) Loader() { b.do(b.load) }

// Unplug pulls the cable: the port goes, and the power.
func (b *Board) Unplug() {
	b.mu.Lock()
	c := b.cable
	b.cable = nil
	b.mu.Unlock()
	if c == nil {
		return
	}
	b.line.unplug()
	b.journal.say("unplugged")
	b.do(func() { b.powered = false; b.halt() })
}

// Plug plugs the cable in again: there is a port, and the board boots.
func (b *Board) Plug() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.cable != nil {
		return nil
	}
	c, err := plug(b.options.Link)
	if err != nil {
		return err
	}
	b.cable = c
	b.line.attach(c)
	b.done.Go(func() { b.listenTo(c) })
	b.journal.say("port %s", c.port)
	b.post(func() { b.powered = true; b.boot(causePower, false) })
	return nil
}

// Await waits for a line of the log that contains text, behind the one that was awaited last, and returns it. The error has the
// whole log.
func (b *Board) Await(ctx context.Context, text string) (string, error) {
	return b.journal.await(ctx, text)
}

// Close takes the board away.
func (b *Board) Close() {
	b.cancel()
	b.mu.Lock()
	if b.cable != nil {
		b.cable.unplug()
		b.cable = nil
	}
	b.mu.Unlock()
	b.done.Wait()
	b.memory.close()
}
