package store

import (
	"fmt"
	"runtime/debug"

	bolt "go.etcd.io/bbolt"
)

// verifyBolt reads every page of a database that the file says is in use, and
// hands its top-level content to visit. bbolt trusts its file: opened for
// writing, a damaged one ends the process from a goroutine of bbolt's own. Here,
// reading and on our goroutine, damage becomes ErrCorrupt.
func verifyBolt(path string, visit func(*bolt.Tx) error) (err error) {
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
	defer func() { err = firstOf(err, db.Close()) }()
	return db.View(func(tx *bolt.Tx) error {
		if err := visit(tx); err != nil {
			return err
		}
		return tx.ForEach(func(_ []byte, b *bolt.Bucket) error { return walk(b) })
	})
}

// walk touches every key of b and of the buckets in it.
func walk(b *bolt.Bucket) error {
	return b.ForEach(func(k, v []byte) error {
		if v != nil {
			return nil
		}
		return walk(b.Bucket(k))
	})
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
