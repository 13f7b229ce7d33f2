package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
)

// TestFiveHundredDamagedBackups cuts a backup short or changes a byte of it, at
// random, and wants each refused, with nothing changed where it was to go, nor
// in the store it came from.
func TestFiveHundredDamagedBackups(t *testing.T) {
	s := open(t, fastDir(t), slow())
	fillFixture(t, s)
	good := snapshot(t, s)
	dir := fastDir(t)
	mine := open(t, dir, slow())
	mine.Put(value("mine", "1", 1))
	must(t, mine.Close())
	before := fmt.Sprint(sums(t, dir))
	r := rand.New(rand.NewPCG(500, 1))
	for i := range 500 {
		at := r.IntN(len(good))
		bad, what := bytes.Clone(good[:at]), "cut"
		if i%2 == 0 {
			bad, what = bytes.Clone(good), "changed"
			bad[at] ^= byte(1 + r.IntN(255))
		}
		if err := Restore(dir, bytes.NewReader(bad)); err == nil {
			t.Errorf("%s at byte %d of %d: restored", what, at, len(good))
		} else if !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrNewerSchema) {
			t.Errorf("%s at byte %d of %d: %v", what, at, len(good), err)
		}
		if fmt.Sprint(sums(t, dir)) != before {
			t.Fatalf("%s at byte %d: files were changed", what, at)
		}
	}
	if err := Restore(dir, bytes.NewReader(append(bytes.Clone(good), 0))); !errors.Is(err, ErrCorrupt) {
		t.Errorf("a byte too many: %v", err)
	}
	wantFixture(t, s)
	wantQueues(t, s)
	must(t, s.Check())
	must(t, Restore(dir, bytes.NewReader(good)))
}

// dump tells all that a store holds below a prefix.
func dump(t *testing.T, s *Store, prefix string) string {
	t.Helper()
	var b bytes.Buffer
	s.Match(prefix+"/#", func(v Value) bool { fmt.Fprintf(&b, "%+v\n", v); return true })
	must(t, s.EachRetained(func(r Retained) error { fmt.Fprintf(&b, "%+v\n", r); return nil }))
	must(t, s.EachRecord(prefix, func(key string, data []byte) error { fmt.Fprintf(&b, "%s %s\n", key, data); return nil }))
	names, err := s.Queues(prefix)
	must(t, err)
	for _, name := range names {
		q := openQueue(t, s, name, QueueOptions{})
		fmt.Fprintln(&b, name, contents(t, q))
		q.Records("", func(key string, data []byte) bool { fmt.Fprintf(&b, "%s %s\n", key, data); return true })
	}
	return b.String()
}

// TestBackupUnderLoad takes backups while others write, and wants what nobody
// touches to compare equal, and a batch to be there whole or not at all.
func TestBackupUnderLoad(t *testing.T) {
	s := open(t, fastDir(t), slow())
	for i := range 50 {
		s.Put(value(fmt.Sprint("still/", i), fmt.Sprint(i), uint64(i)))
		must(t, s.PutRetained(Retained{Topic: fmt.Sprint("r/", i)}))
		q := openQueue(t, s, fmt.Sprint("still", i%3), QueueOptions{})
		q.Remove(push(t, q, "gone"))
		push(t, q, fmt.Sprint(i))
		putRecord(t, q, fmt.Sprint("k", i), "x")
		if i == 25 {
			must(t, s.Checkpoint())
		}
	}
	must(t, s.PutRecord("still", "a", []byte("b")))
	want := dump(t, s, "still")
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { countBatches(ctx, t, s) })
	wg.Go(func() {
		for i := uint64(100); ctx.Err() == nil; i++ {
			s.Put(value(fmt.Sprint("busy/", i%100), "x", i))
			if i%1000 == 0 {
				if err := s.Checkpoint(); err != nil {
					t.Error(err)
				}
			}
		}
	})
	for range 5 {
		b := snapshot(t, s)
		dir := fastDir(t)
		must(t, Restore(dir, bytes.NewReader(b)))
		r := open(t, dir, slow())
		if got := dump(t, r, "still"); got != want {
			t.Errorf("restored\n%swant\n%s", got, want)
		}
		wantCounted(t, r)
	}
	stop()
	wg.Wait()
}

// countBatches appends an item and puts a record with the same number, over and
// over, keeping ten items.
func countBatches(ctx context.Context, t *testing.T, s *Store) {
	q := openQueue(t, s, "busy", QueueOptions{})
	for i := uint64(1); ctx.Err() == nil; i++ {
		b := s.Batch()
		b.Append(q, fmt.Append(nil, i))
		b.Put(q, "n", fmt.Append(nil, i))
		if i > 10 {
			b.Remove(q, i-10)
		}
		c, err := b.Commit()
		if err := errors.Join(err, c.wait()); err != nil {
			t.Error(err)
			return
		}
	}
}

func wantCounted(t *testing.T, s *Store) {
	t.Helper()
	q := openQueue(t, s, "busy", QueueOptions{})
	items, err := q.Next(0, 100)
	must(t, err)
	n, _ := q.Record("n")
	if len(items) == 0 {
		if n != nil {
			t.Errorf("no items, record %s", n)
		}
		return
	}
	last := items[len(items)-1]
	if string(n) != string(last.Data) || fmt.Sprint(last.ID) != string(n) || len(items) != min(int(last.ID), 10) {
		t.Errorf("record %s, %d items up to %d: %s", n, len(items), last.ID, last.Data)
	}
}
