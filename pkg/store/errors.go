package store

import (
	"errors"
	"fmt"
)

var (
	// ErrLocked is matched by the error of Open and Restore when another
	// process has the data directory open; see LockedError.
	ErrLocked = errors.New("data directory is in use")

	// ErrNewerSchema is wrapped by the error of Open and Restore when the data
	// was written by a newer gateway. The files are left as they were.
	ErrNewerSchema = errors.New("data was written by a newer gateway")

	// ErrClosed is returned by calls that need the disk after Close.
	ErrClosed = errors.New("store is closed")

	// ErrFull is wrapped by PutRetained's error when a new topic would exceed
	// Options.MaxTopics or Options.MaxBytes, and by Append's when a queue that
	// refuses is full.
	ErrFull = errors.New("store is full")

	// ErrUnavailable is wrapped by the error of a Commit that could not be
	// written: a full disk, a failing card. Later commits are tried again.
	ErrUnavailable = errors.New("disk is not available")

	// ErrInvalid is wrapped by errors about topics and keys that cannot be kept:
	// empty, or longer than MaxTopicLen.
	ErrInvalid = errors.New("invalid key")

	// ErrCorrupt is wrapped by errors about bytes that are not what the store
	// wrote: a backup that was cut short, a record that does not decode.
	ErrCorrupt = errors.New("corrupt data")
)

// LockedError says which process holds which data directory. It matches
// ErrLocked with errors.Is.
type LockedError struct {
	Dir string
	PID int // 0 when the holder did not say
}

func (e *LockedError) Error() string {
	if e.PID == 0 {
		return fmt.Sprintf("another gateway already uses data directory %s", e.Dir)
	}
	return fmt.Sprintf("another gateway (pid %d) already uses data directory %s", e.PID, e.Dir)
}

// Is reports whether target is ErrLocked.
func (e *LockedError) Is(target error) bool { return target == ErrLocked }
