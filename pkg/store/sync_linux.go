package store

import (
	"errors"
	"os"
	"syscall"
)

// syncData makes what was written to f durable, and its size, but not its times: an append every few seconds would otherwise write
// the inode each time too.
func syncData(f *os.File) error {
	for {
		err := syscall.Fdatasync(int(f.Fd()))
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if err != nil {
			return &os.PathError{Op: "fdatasync", Path: f.Name(), Err: err}
		}
		return nil
	}
}
