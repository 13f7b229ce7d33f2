package store

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"
)

// A Store is the state of one gateway, on disk in one directory. Its methods may
// be called from several goroutines.
type Store struct {
	dir     string
	opt     Options
	lock    *os.File
	db      *bolt.DB
	schema  uint64 // of db
	commits committer
	opened  int64 // when the uptime was zero, in Unix nanoseconds
	torn    int64 // bytes of the log that Open found damaged
	loops   loops

	// Locks are taken in the order checkpointing, commits.turn, flushing, mu, planting;
	// queues.mu is taken last, and never with mu.
	checkpointing sync.Mutex // held during a checkpoint
	flushing      sync.Mutex // guards log and closed; held while the log is written
	log           valueLog
	closed        bool
	queues        queueSet

	// mu guards what is in memory. Nothing waits for the disk while holding it.
	mu       sync.Mutex
	values   table
	retained table
	recent   recency
	dirty    list // of both tables: the log has yet to hear of it
	stale    list // of both tables: bbolt has yet to hear of it
	maxSeq   uint64

	// planting guards tree, under mu where both are held. A long Match then holds
	// up new topics only, not new values.
	planting sync.RWMutex
	tree     node // of values

	evicted, refused, failures, checkpoints, flushes uint64
	lastFlush                                        time.Time
	flushErr, checkpointErr                          error // of the last one of each
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
	s.opened = s.opt.Now().Add(-s.opt.uptime()).UnixNano()
	if err := s.open(); err != nil {
		if s.db != nil {
			err = errors.Join(err, s.db.Close())
		}
		return nil, errors.Join(fmt.Errorf("open data directory %s: %w", dir, err), s.log.close(), lock.Close())
	}
	s.startLoops()
	return s, nil
}

func (s *Store) open() error {
	numbers, err := segmentNumbers(s.dir)
	if err != nil {
		return err
	}
	if err := checkSegments(s.dir, numbers); err != nil {
		return err
	}
	var have uint64
	if s.db, have, err = openBolt(s.dir); err != nil {
		return err
	}
	if err := removeTemps(s.dir); err != nil {
		return err
	}
	if err := s.upgrade(have, numbers); err != nil {
		return err
	}
	s.schema = schema
	s.commits = committer{db: s.db, pageSize: int64(s.db.Info().PageSize), fault: s.opt.fault}
	s.log = valueLog{dir: s.dir, fault: s.opt.fault, sizes: map[uint64]int64{}}
	s.initMemory()
	if err := s.load(numbers); err != nil {
		return err
	}
	s.markOpen()
	return nil
}

func (s *Store) initMemory() {
	s.values.items, s.retained.items = map[string]*item{}, map[string]*item{}
	s.queues = newQueueSet()
	s.dirty.which, s.stale.which, s.recent = listDirty, listStale, newRecency()
}

// markOpen leaves word in the log that the store was opened, so that the next
// Open knows a crash from a Close. It need not be synced or succeed: until the
// first flush is, there is little to know.
func (s *Store) markOpen() {
	if s.log.file == nil {
		if s.flushErr = s.log.begin(); s.flushErr != nil {
			return
		}
	}
	s.flushErr = s.log.append(appendFrame(nil, s.log.number, func(b []byte) []byte {
		return appendMark(b, s.maxSeq, false)
	}))
}

// Close flushes, and gives up the data directory. Whatever it returns, the store
// is closed, and further calls do nothing. What Put is given afterwards is lost.
func (s *Store) Close() error {
	s.queues.close()
	s.checkpointing.Lock()
	s.flushing.Lock()
	was := s.closed
	s.closed = true
	s.flushing.Unlock()
	s.checkpointing.Unlock()
	if was {
		return nil
	}
	s.stopLoops()
	s.flushing.Lock()
	defer s.flushing.Unlock()
	return errors.Join(s.flush(true), s.log.close(), s.db.Close(), s.lock.Close())
}
