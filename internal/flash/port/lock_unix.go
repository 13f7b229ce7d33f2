//go:build unix

package port

import (
	"errors"
	"os"
	"syscall"

	"golang.org/x/term"
)

// lock is a second handle to the port, with an advisory lock on it: the terminal's own exclusive mode does not stop root, and other
// flashing programs take this lock too.
type lock struct{ file *os.File }

// take locks a port for this process. The error is [ErrBusy] when somebody holds it.
func take(name string) (*lock, error) {
	f, err := os.OpenFile(name, os.O_RDWR|syscall.O_NOCTTY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	if err := isTerminal(f); err != nil { // before others are blamed for having it open
		_ = f.Close()
		return nil, err
	}
	if err := flock(f, syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, ErrBusy
		}
		return nil, err
	}
	if unlocked(name) {
		_ = f.Close()
		return nil, ErrBusy
	}
	return &lock{file: f}, nil
}

// isTerminal refuses what is no serial port: /dev/null is open everywhere.
func isTerminal(f *os.File) error {
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	is := false
	if err := raw.Control(func(fd uintptr) { is = term.IsTerminal(int(fd)) }); err != nil {
		return err
	}
	if !is {
		return syscall.ENOTTY
	}
	return nil
}

func flock(f *os.File, how int) error {
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	if err := raw.Control(func(fd uintptr) { failed = syscall.Flock(int(fd), how) }); err != nil {
		return err
	}
	return failed
}

// release gives the port back.
func (l *lock) release() { _ = l.file.Close() }
