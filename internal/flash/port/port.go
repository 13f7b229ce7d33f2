// Package port is the serial line that a board hangs at: which ports there are, opening one for nobody else, reads that end with a
// context, and the two lines (DTR, RTS) that reset a board. It is the only importer of go.bug.st/serial.
package port

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"go.bug.st/serial"
)

// Port is an open serial port, held for this process alone. One goroutine may read while another writes.
type Port struct {
	name   string
	line   serial.Port
	lock   *lock
	baud   atomic.Int64
	closed atomic.Bool
	read   sync.Mutex // held while the library reads: it must not be closed then
	write  chan struct{}
}

// Open opens a port by name ("/dev/ttyUSB0", or a link to one) at a speed in baud, 8 data bits, no parity, and takes it for this
// process alone. Errors are sentences; see [ErrBusy], [ErrDenied], [ErrNotFound], [ErrGone].
func Open(name string, baud int) (*Port, error) {
	held, err := take(name)
	if err != nil {
		return nil, openError(name, err)
	}
	line, err := serial.Open(name, mode(baud))
	if err != nil {
		held.release()
		return nil, openError(name, err)
	}
	p := &Port{name: name, line: line, lock: held, write: make(chan struct{}, 1)}
	p.baud.Store(int64(baud))
	p.letGo()
	return p, nil
}

// letGo releases both lines, which the system asserts when it opens a port: boards whose pins hang at them directly would stay in
// reset. RTS goes first, for DTR released alone is a reset.
func (p *Port) letGo() {
	if p.SetRTS(false) == nil {
		_ = p.SetDTR(false)
	}
}

// mode is 8N1 at a speed in baud.
func mode(baud int) *serial.Mode { return &serial.Mode{BaudRate: baud} }

// Name returns the name that the port was opened by.
func (p *Port) Name() string { return p.name }

// Baud returns the speed that the port is set to, in baud.
func (p *Port) Baud() int { return int(p.baud.Load()) }

// SetBaud changes the speed, in baud, and drops what arrived at the old one.
func (p *Port) SetBaud(baud int) error {
	if err := p.line.SetMode(mode(baud)); err != nil {
		return p.explain("set the speed", err)
	}
	p.baud.Store(int64(baud))
	return p.Discard()
}

// Discard drops what has arrived and was not read.
func (p *Port) Discard() error { return p.explain("drop what arrived", p.line.ResetInputBuffer()) }

// SetDTR asserts (pulls low) or releases the line DTR. Where there is none the error is [ErrNoLines].
func (p *Port) SetDTR(on bool) error { return p.lineError("set DTR", p.line.SetDTR(on)) }

// SetRTS asserts (pulls low) or releases the line RTS. Where there is none the error is [ErrNoLines].
func (p *Port) SetRTS(on bool) error { return p.lineError("set RTS", p.line.SetRTS(on)) }

// Close gives the port back. A read in another goroutine ends with an error. Closing twice is fine.
func (p *Port) Close() error {
	if p.closed.Swap(true) {
		return nil
	}
	p.read.Lock()
	defer p.read.Unlock()
	err := p.line.Close()
	p.lock.release()
	if err = p.explain("close", err); errors.Is(err, ErrGone) {
		return nil // it was unplugged: there is nothing left to give back
	}
	return err
}

// slice is how long one read of the library may take, so that contexts and Close are seen.
const slice = 50 * time.Millisecond
