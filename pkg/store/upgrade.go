package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	bolt "go.etcd.io/bbolt"
)

// upgrade brings the database of an older gateway up to date, in one transaction.
// Before that it leaves a backup of the state as it was, for those who want to go
// back: Restore of the older gateway takes it.
func (s *Store) upgrade(have uint64, numbers []uint64) error {
	if have == schema {
		return nil
	}
	path := filepath.Join(s.dir, fmt.Sprintf("before-schema-%d.tar", schema))
	if err := s.keepOld(path, have, numbers); err != nil {
		return fmt.Errorf("keep a copy before upgrading from schema %d to %d: %w", have, schema, err)
	}
	if err := upgradeBolt(s.db, have); err != nil {
		return err
	}
	s.opt.Logger.Info("data directory upgraded", "dir", s.dir, "from_schema", have, "to_schema", schema, "copy", path)
	return nil
}

// keepOld writes a backup in the form that a gateway of that schema knows.
func (s *Store) keepOld(path string, have uint64, numbers []uint64) error {
	if err := s.opt.fault("keep copy"); err != nil {
		return err
	}
	old := &Store{dir: s.dir, opt: s.opt, db: s.db, schema: have}
	old.initMemory()
	var floor uint64
	err := s.db.View(func(tx *bolt.Tx) error {
		floor, old.maxSeq = getMeta(tx, keyFloor), getMeta(tx, keyMaxSeq)
		return old.loadBuckets(tx)
	})
	if err != nil {
		return err
	}
	for _, n := range numbers {
		if n < floor {
			continue
		}
		if err := old.peek(n); err != nil {
			return err
		}
	}
	return old.Backup(path)
}

// peek applies a segment of the log, and leaves it as it is.
func (s *Store) peek(n uint64) error {
	f, err := os.Open(segmentPath(s.dir, n))
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	_, err = readSegment(f, n, info.Size(), func(r record) {
		s.maxSeq = max(s.maxSeq, r.seq)
		s.replayed(r)
	})
	if errors.Is(err, ErrCorrupt) {
		return nil // Open reports it
	}
	return err
}

// upgradeBolt runs the migrations that a database of that schema needs.
func upgradeBolt(db *bolt.DB, have uint64) error {
	if have == schema {
		return nil
	}
	return db.Update(func(tx *bolt.Tx) error { return migrate(tx, have, migrations()) })
}
