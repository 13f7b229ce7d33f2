package store

import (
	"errors"
	"fmt"
	"os"
	"slices"

	bolt "go.etcd.io/bbolt"
)

// SeqGap is how many sequence numbers Open skips after a crash. Nobody can give
// out more within a flush interval, so no number is given twice.
const SeqGap = 1 << 20

// maxHint bounds what a damaged count may make Open allocate.
const maxHint = 1 << 20

// checkSegments refuses the segments of a newer gateway before anything is
// written.
func checkSegments(dir string, numbers []uint64) error {
	for _, n := range numbers {
		f, err := os.Open(segmentPath(dir, n))
		if err != nil {
			return err
		}
		_, _, err = readHeader(f)
		f.Close()
		if errors.Is(err, ErrNewerSchema) {
			return fmt.Errorf("%s: %w", f.Name(), err)
		}
	}
	return nil
}

// load fills memory from bbolt and the value log, and readies the log for
// writing.
func (s *Store) load(numbers []uint64) error {
	var floor uint64
	err := s.db.View(func(tx *bolt.Tx) error {
		floor = getMeta(tx, keyFloor)
		s.maxSeq = getMeta(tx, keyMaxSeq)
		s.values.items = make(map[string]*item, min(getMeta(tx, keyTopics), maxHint))
		return s.loadBuckets(tx)
	})
	if err != nil {
		return err
	}
	s.log.number = max(floor, 1) - 1
	for _, n := range numbers {
		s.log.number = max(s.log.number, n)
	}
	clean, err := s.replay(numbers, floor)
	if err != nil {
		return err
	}
	if !clean {
		s.maxSeq += SeqGap
	}
	s.evict()
	return s.log.removeBelow(floor)
}

// loadBuckets reads all that is checkpointed.
func (s *Store) loadBuckets(tx *bolt.Tx) error {
	err := errors.Join(s.loadBucket(tx, kindValue), s.loadBucket(tx, kindRetained))
	if getMeta(tx, keySchema) < 2 {
		return err
	}
	return errors.Join(err, s.loadQueues(tx))
}

// loadBucket reads the checkpointed items of one kind. A body that does not
// decode is left out and reported; the rest is worth having.
func (s *Store) loadBucket(tx *bolt.Tx, k kind) error {
	b := tx.Bucket([]byte(bucketName(k)))
	if b == nil {
		return fmt.Errorf("bucket %s is missing: %w", bucketName(k), ErrCorrupt)
	}
	return b.ForEach(func(key, body []byte) error {
		r, err := decodeBody(body)
		if err != nil {
			s.opt.Logger.Warn("stored value skipped", "topic", string(key), "err", err)
			return nil
		}
		r.topic = string(key)
		s.apply(r)
		return nil
	})
}

// replay applies the segments from floor on, in order, and opens the last one
// for writing. clean says that the last thing in it is the mark of Close.
func (s *Store) replay(numbers []uint64, floor uint64) (clean bool, err error) {
	clean = true // with nothing at all there is nothing to miss
	for _, n := range numbers {
		info, err := os.Stat(segmentPath(s.dir, n))
		if err != nil {
			return false, err
		}
		s.log.sizes[n] = info.Size()
		s.log.total.Add(info.Size())
		if n < floor {
			continue
		}
		if clean, err = s.replaySegment(n, n == numbers[len(numbers)-1]); err != nil {
			return false, fmt.Errorf("replay %s: %w", segmentPath(s.dir, n), err)
		}
	}
	return clean, nil
}

func (s *Store) replaySegment(n uint64, last bool) (clean bool, err error) {
	f, err := os.OpenFile(segmentPath(s.dir, n), os.O_RDWR, 0)
	if err != nil {
		return false, err
	}
	size := s.log.sizes[n]
	end, err := readSegment(f, n, size, func(r record) {
		clean = r.op == opMark && r.clean
		s.maxSeq = max(s.maxSeq, r.seq)
		s.replayed(r)
	})
	if err != nil && !errors.Is(err, ErrCorrupt) {
		return false, errors.Join(err, f.Close())
	}
	torn, terr := end.torn(f, size)
	if terr != nil {
		return false, errors.Join(terr, f.Close())
	}
	if torn > 0 {
		s.torn += torn
		s.opt.Logger.Warn("value log cut short", "segment", f.Name(), "lost_bytes", torn, "err", err)
		clean = false
	}
	s.log.count(n, end.good+torn)
	if !last || err != nil || end.version < segmentVersion {
		return clean, f.Close()
	}
	return clean, s.resume(f, n, end, torn > 0)
}

// resume goes on writing to the segment behind its last whole frame.
func (s *Store) resume(f *os.File, n uint64, end segmentEnd, torn bool) error {
	if torn {
		if err := f.Truncate(end.good); err != nil {
			return errors.Join(err, f.Close())
		}
	}
	info, err := f.Stat()
	if err != nil {
		return errors.Join(err, f.Close())
	}
	l := &s.log
	l.file, l.number, l.size, l.room, l.full = f, n, end.good, info.Size(), false
	l.names.begin(end.names)
	l.count(n, end.good)
	return nil
}

// replayed applies a record of the log. bbolt has yet to hear of it.
func (s *Store) replayed(r record) {
	switch r.op {
	case opQueues:
		s.replayOps(r.ops)
	case opValue, opRetained:
		s.stale.add(s.apply(r))
	case opDeleteValue, opDeleteRetained:
		k := kindValue
		if r.op == opDeleteRetained {
			k = kindRetained
		}
		if it := s.table(k).items[r.topic]; it != nil && !it.gone {
			s.bury(it)
			s.dirty.remove(it) // the log knows
		}
	}
}

// apply makes a live item of a record.
func (s *Store) apply(r record) *item {
	k := kindValue
	if r.op == opRetained {
		k = kindRetained
	}
	t := s.table(k)
	it := t.items[r.topic]
	if it == nil {
		it = &item{topic: r.topic, kind: k, known: true, gone: true}
		t.items[it.topic] = it
	}
	t.detachSize(it)
	it.payload, it.extra, it.expiry = slices.Clone(r.payload), string(r.extra), r.expiry
	it.seq, it.at, it.qos, it.retain = r.seq, r.at, r.qos, r.retain
	s.revive(it)
	if k == kindValue {
		s.recent.remove(it)
		s.recent.load(it)
	}
	return it
}
