package store

import (
	"errors"
	"fmt"
	"os"
	"runtime/debug"

	bolt "go.etcd.io/bbolt"
)

// verifyBolt checks the pages of a database and shows it to visit, read-only.
// Opened for writing, a damaged one would end the process from a goroutine of
// bbolt's own; here damage becomes ErrCorrupt.
func verifyBolt(path string, visit func(*bolt.Tx) error) (err error) {
	if err := checkFile(path); err != nil {
		return fmt.Errorf("%s is damaged: %w", path, err)
	}
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true)) // a file cut short faults when read
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%s is damaged (%v): %w", path, p, ErrCorrupt)
		}
	}()
	opt := boltOptions()
	opt.ReadOnly = true
	db, err := bolt.Open(path, 0o600, opt)
	if err != nil {
		return err
	}
	err = db.View(visit)
	return errors.Join(err, db.Close())
}

func checkFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	return checkPages(f, info.Size())
}
