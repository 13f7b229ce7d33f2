package store

import (
	"errors"
	"io"
)

// Snapshot writes a consistent copy of everything to w, while the store runs.
func (s *Store) Snapshot(w io.Writer) error { return errors.ErrUnsupported }

// Restore replaces the state in dir, which no gateway may have open, by the
// snapshot read from r.
func Restore(dir string, r io.Reader) error { return errors.ErrUnsupported }
