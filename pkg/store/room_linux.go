package store

import (
	"errors"
	"os"
	"syscall"
)

// takeRoom makes f reach from an offset to another, with zeroes, and takes the space for it.
func takeRoom(f *os.File, from, to int64) error {
	for {
		err := syscall.Fallocate(int(f.Fd()), 0, from, to-from)
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if err != nil {
			return &os.PathError{Op: "fallocate", Path: f.Name(), Err: err}
		}
		return nil
	}
}
