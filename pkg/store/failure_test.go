package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"
)

// TestWriteErrors fails each step of a flush and a checkpoint once, and wants the
// failure shown, nothing lost, and the next try to succeed.
func TestWriteErrors(t *testing.T) {
	for _, step := range []string{"log write", "log sync", "segment create", "segment install", "bolt commit", "segment remove"} {
		t.Run(step, func(t *testing.T) {
			var failing atomic.Bool
			o := slow()
			o.fault = func(at string) error {
				if at == step && failing.Load() {
					return errDisk
				}
				return nil
			}
			s := open(t, t.TempDir(), o)
			s.Put(value("a", "1", 1))
			failing.Store(true)
			if err := s.Checkpoint(); !errors.Is(err, errDisk) {
				t.Fatalf("Checkpoint: %v", err)
			}
			if st := s.Stats(); st.WriteFailures == 0 || !errors.Is(st.LastError, errDisk) {
				t.Errorf("after the failure: %+v", st)
			}
			s.Put(value("b", "2", 2))
			wantValue(t, s, value("a", "1", 1))
			failing.Store(false)
			must(t, s.Checkpoint())
			if st := s.Stats(); st.LastError != nil || st.Dirty != 0 {
				t.Errorf("after the next try: %+v", st)
			}
			must(t, s.Check())
			crashed := open(t, copyDir(t, s.dir), slow())
			wantValue(t, crashed, value("a", "1", 1))
			wantValue(t, crashed, value("b", "2", 2))
		})
	}
}

// TestSegmentThatCannotBeWritten wants the log to go on in another segment.
func TestSegmentThatCannotBeWritten(t *testing.T) {
	s := open(t, t.TempDir(), slow())
	s.Put(value("a", "1", 1))
	must(t, s.Flush())
	read, err := os.Open(segmentPath(s.dir, s.log.number))
	must(t, err)
	writable := s.log.file
	s.log.file = read // writing to it fails, and so does truncating it
	s.Put(value("a", "2", 2))
	if err := s.Flush(); err == nil {
		t.Fatal("Flush into a file that cannot be written to succeeded")
	}
	must(t, writable.Close())
	must(t, s.Flush())
	if st := s.Stats(); st.WriteFailures != 1 || s.log.number != 2 {
		t.Errorf("segment %d, %+v", s.log.number, st)
	}
	wantValue(t, open(t, copyDir(t, s.dir), slow()), value("a", "2", 2))
}

// TestFailedSyncEndsTheSegment wants what a failed sync was about written again
// elsewhere: the kernel may have dropped the pages and call the next sync a
// success.
func TestFailedSyncEndsTheSegment(t *testing.T) {
	var failing atomic.Bool
	o := slow()
	o.fault = func(step string) error {
		if step == "log sync" && failing.Load() {
			return errDisk
		}
		return nil
	}
	s := open(t, t.TempDir(), o)
	s.Put(value("a", "1", 1))
	failing.Store(true)
	if err := s.Flush(); !errors.Is(err, errDisk) {
		t.Fatalf("Flush: %v", err)
	}
	failing.Store(false)
	must(t, s.Flush())
	dir := copyDir(t, s.dir)
	must(t, os.Remove(segmentPath(dir, 1)))
	wantValue(t, open(t, dir, slow()), value("a", "1", 1))
}

// TestTombstoneOutlivesFailedCheckpoint deletes a topic, and flushes that, while
// a checkpoint that is going to fail is about to delete it from bbolt.
func TestTombstoneOutlivesFailedCheckpoint(t *testing.T) {
	s := open(t, t.TempDir(), slow())
	s.Put(value("a", "1", 1))
	must(t, s.Checkpoint())
	s.Delete("a")
	items := s.take(&s.stale)
	must(t, s.Flush())
	s.release(&s.stale, items, errDisk)
	must(t, s.Check())
	s.Put(value("a", "2", 2))
	s.Delete("a")
	must(t, s.Checkpoint())
	s = reopen(t, s)
	wantNone(t, s, "a")
}

// TestBackgroundLoops wants what Put was given on disk without being asked, and
// in bbolt after a while.
func TestBackgroundLoops(t *testing.T) {
	synced, removed := make(chan struct{}, 100), make(chan struct{}, 100)
	o := Options{FlushInterval: time.Millisecond, CheckpointInterval: 3 * time.Millisecond}
	o.fault = func(step string) error {
		ch := map[string]chan struct{}{"log sync": synced, "segment remove": removed}[step]
		select {
		case ch <- struct{}{}:
		default:
		}
		return nil
	}
	s := open(t, t.TempDir(), o)
	s.Put(value("a", "1", 1))
	for _, ch := range []chan struct{}{synced, removed} {
		select {
		case <-ch:
		case <-time.After(10 * time.Second):
			t.Fatal("nothing happened")
		}
	}
}

func TestIdleStoreDoesNotWrite(t *testing.T) {
	s := open(t, t.TempDir(), slow())
	s.Put(value("a", "1", 1))
	must(t, s.Checkpoint())
	before := s.Stats()
	for range 3 {
		must(t, s.Flush())
		must(t, s.Checkpoint())
	}
	after := s.Stats()
	if after.LogBytes != before.LogBytes || after.BoltBytes != before.BoltBytes || after.LogSyncs != before.LogSyncs {
		t.Errorf("wrote without need: %+v, then %+v", before, after)
	}
}

// TestDamagedDatabase wants an error that says so, not a crash, whatever page
// is hit.
func TestDamagedDatabase(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, slow())
	fill(s, 300, 100)
	for i := range 30 {
		must(t, s.PutRecord("r", fmt.Sprint(i), make([]byte, 1000)))
	}
	must(t, s.Checkpoint())
	must(t, s.Close())
	whole, err := os.ReadFile(filepath.Join(dir, dbName))
	must(t, err)
	whole = whole[:s.Stats().BoltSize] // the rest is for later
	page := os.Getpagesize()
	refused := 0
	for at := 0; at < len(whole); at += page {
		hurt := append([]byte{}, whole...)
		for i := range 64 {
			hurt[at+i] ^= 0xa5
		}
		refused += openDamaged(t, copyDir(t, dir), hurt)
		if at > 0 {
			refused += openDamaged(t, copyDir(t, dir), whole[:at])
		}
	}
	if refused == 0 {
		t.Error("no damage was noticed")
	}
}

func openDamaged(t *testing.T, dir string, db []byte) (refused int) {
	t.Helper()
	must(t, os.WriteFile(filepath.Join(dir, dbName), db, 0o600))
	s, err := Open(dir, slow())
	if err != nil {
		return 1
	}
	must(t, s.Close())
	return 0
}
