package store

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"
)

var update = flag.Bool("update", false, "write testdata anew")

// fixture is the data directory of a schema: checkpointed and logged values,
// retained messages, records, queues where it has them, and a log without the mark
// of Close.
func fixture(version int) string { return fmt.Sprintf("testdata/v%d", version) }

func fillFixture(t *testing.T, s *Store) {
	must(t, s.PutRecord("users", "ann", []byte(`{"role":"admin"}`)))
	s.Put(value("checkpointed", "1", 1))
	s.Put(value("overwritten", "old", 2))
	s.Put(value("deleted", "x", 3))
	must(t, s.PutRetained(Retained{Topic: "kept", Payload: []byte("r"), QoS: 1, At: time.Unix(7, 8), Expiry: 9, Props: []byte{1}}))
	must(t, s.Checkpoint())
	s.Put(value("overwritten", "new", 4))
	s.Put(Value{Topic: "typed", Payload: []byte("{}"), Seq: 5, ContentType: "application/json", At: time.Unix(5, 5)})
	s.Delete("deleted")
	must(t, s.PutRetained(Retained{Topic: "logged"}))
	must(t, s.Flush())
	q := openQueue(t, s, "session/ann", QueueOptions{})
	push(t, q, "removed")
	push(t, q, "checkpointed")
	putRecord(t, q, "out/1", "old")
	must(t, s.Checkpoint())
	push(t, q, "logged")
	putRecord(t, q, "out/1", "new")
	must(t, q.Remove(1).Wait(t.Context()))
	openQueue(t, s, "link/house", QueueOptions{})
	must(t, s.Flush())
}

// wantQueues wants what fillFixture put into queues.
func wantQueues(t *testing.T, s *Store) {
	t.Helper()
	if names, _ := s.Queues(""); fmt.Sprint(names) != "[link/house session/ann]" {
		t.Errorf("queues %v", names)
	}
	q := openQueue(t, s, "session/ann", QueueOptions{})
	wantContents(t, q, "2:checkpointed 3:logged")
	if r, _ := q.Record("out/1"); string(r) != "new" {
		t.Errorf("record of the queue: %q", r)
	}
}

func TestFixtures(t *testing.T) {
	if *update {
		s := open(t, t.TempDir(), slow())
		fillFixture(t, s)
		dir := fixture(schema)
		must(t, os.RemoveAll(dir))
		must(t, os.CopyFS(dir, os.DirFS(s.dir)))
		must(t, os.Remove(filepath.Join(dir, "lock")))
		must(t, os.Truncate(filepath.Join(dir, dbName), s.Stats().BoltSize)) // unused so far
		must(t, os.Truncate(segmentPath(dir, s.log.number), 1024))           // some of the room ahead
	}
	for version := 1; version <= schema; version++ {
		t.Run(fmt.Sprint("schema ", version), func(t *testing.T) {
			s := open(t, copyDir(t, fixture(version)), slow())
			wantFixture(t, s)
			if version >= 2 {
				wantQueues(t, s)
			}
			if s.MaxSeq() != 5+SeqGap {
				t.Errorf("MaxSeq %d after a crash at 5", s.MaxSeq())
			}
			must(t, s.Check())
			_, err := os.Stat(filepath.Join(s.dir, fmt.Sprintf("before-schema-%d.tar", schema)))
			if (err == nil) != (version < schema) {
				t.Errorf("copy from before the upgrade: %v", err)
			}
		})
	}
}

func wantFixture(t *testing.T, s *Store) {
	t.Helper()
	wantValue(t, s, value("checkpointed", "1", 1))
	wantValue(t, s, value("overwritten", "new", 4))
	wantValue(t, s, Value{Topic: "typed", Payload: []byte("{}"), Seq: 5, ContentType: "application/json", At: time.Unix(5, 5)})
	wantNone(t, s, "deleted")
	got := ""
	must(t, s.EachRetained(func(r Retained) error {
		got += fmt.Sprintf("%s %s %d %d %d %v; ", r.Topic, r.Payload, r.QoS, nanos(r.At), r.Expiry, r.Props)
		return nil
	}))
	if want := "kept r 1 7000000008 9 [1]; logged  0 0 0 []; "; got != want {
		t.Errorf("retained: %s, want %s", got, want)
	}
	if data, _, err := s.GetRecord("users", "ann"); err != nil || string(data) != `{"role":"admin"}` {
		t.Errorf("record: %q, %v", data, err)
	}
}

// TestUpgradeKeepsACopy wants a backup in the old form, with all that was in the
// log, before anything is changed.
func TestUpgradeKeepsACopy(t *testing.T) {
	dir := copyDir(t, fixture(1))
	before := sums(t, dir)
	o := slow()
	o.fault = func(step string) error {
		if step == "keep copy" {
			return errDisk
		}
		return nil
	}
	if _, err := Open(dir, o); !errors.Is(err, errDisk) {
		t.Fatalf("Open without room for a copy: %v", err)
	}
	if after := sums(t, dir); fmt.Sprint(after) != fmt.Sprint(before) {
		t.Error("files were changed")
	}
	must(t, open(t, dir, slow()).Close())
	kept, err := os.ReadFile(filepath.Join(dir, fmt.Sprintf("before-schema-%d.tar", schema)))
	must(t, err)

	db := filepath.Join(t.TempDir(), dbName)
	must(t, unpack(bytes.NewReader(kept), db))
	if !bytes.Contains(kept, []byte(`"version": 1`)) {
		t.Error("the copy is not in the old form")
	}
	must(t, verifyBolt(db, func(tx *bolt.Tx) error {
		if v := getMeta(tx, keySchema); v != 1 || tx.Bucket([]byte(bucketQueues)) != nil {
			t.Errorf("the copy has schema %d", v)
		}
		return nil
	}))
	to := t.TempDir()
	must(t, Restore(to, bytes.NewReader(kept)))
	wantFixture(t, open(t, to, slow()))
}

// sums is what the files of a directory hold, but for the lock.
func sums(t *testing.T, dir string) map[string][32]byte {
	t.Helper()
	entries, err := os.ReadDir(dir)
	must(t, err)
	sums := map[string][32]byte{}
	for _, e := range entries {
		if e.Name() == "lock" {
			continue
		}
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		must(t, err)
		sums[e.Name()] = sha256.Sum256(b)
	}
	return sums
}

func TestNewerSchemaIsRefusedUntouched(t *testing.T) {
	newerDatabase := func(dir string) {
		db, err := openWritable(filepath.Join(dir, dbName))
		must(t, err)
		must(t, db.Update(func(tx *bolt.Tx) error { return putMeta(tx, keySchema, schema+1) }))
		must(t, db.Close())
	}
	newerLog := func(dir string) {
		h := appendHeader(nil, segmentVersion+1, 99)
		must(t, os.WriteFile(segmentPath(dir, 99), h, 0o600))
	}
	for name, change := range map[string]func(string){"database": newerDatabase, "log": newerLog} {
		t.Run(name, func(t *testing.T) {
			dir := copyDir(t, fixture(schema))
			must(t, os.WriteFile(filepath.Join(dir, "left"+tmpSuffix), nil, 0o600))
			change(dir)
			before := sums(t, dir)
			s, err := Open(dir, slow())
			if !errors.Is(err, ErrNewerSchema) {
				t.Fatalf("Open: %v, %v", s, err)
			}
			if after := sums(t, dir); fmt.Sprint(after) != fmt.Sprint(before) {
				t.Error("files were changed")
			}
		})
	}
}

func TestMigrate(t *testing.T) {
	s := open(t, t.TempDir(), slow())
	var ran []int
	steps := []func(*bolt.Tx) error{
		func(*bolt.Tx) error { ran = append(ran, 1); return nil },
		func(*bolt.Tx) error { ran = append(ran, 2); return nil },
		func(tx *bolt.Tx) error { ran = append(ran, 3); return tx.DeleteBucket([]byte(bucketRecords)) },
	}
	rollback := errors.New("not for good")
	err := s.db.Update(func(tx *bolt.Tx) error {
		must(t, migrate(tx, 2, steps))
		if got := getMeta(tx, keySchema); got != 4 || fmt.Sprint(ran) != "[2 3]" {
			t.Errorf("schema %d after steps %v", got, ran)
		}
		return rollback
	})
	if !errors.Is(err, rollback) {
		t.Error(err)
	}
	steps[1] = func(*bolt.Tx) error { return errDisk }
	err = s.db.Update(func(tx *bolt.Tx) error { return migrate(tx, 1, steps) })
	if !errors.Is(err, errDisk) || err.Error() != "migrate schema 2 to 3: disk on fire" {
		t.Error(err)
	}
	if len(migrations()) != schema-1 {
		t.Errorf("%d migrations lead to schema %d", len(migrations()), schema)
	}
}
