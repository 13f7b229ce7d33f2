package store

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	bolt "go.etcd.io/bbolt"
)

// TestWritersShareCommits holds one commit up, and wants all who come meanwhile
// to be done by the next.
func TestWritersShareCommits(t *testing.T) {
	s := open(t, t.TempDir(), slow())
	before := s.Stats().BoltCommits
	first, proceed := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := s.Update(func(*Tx) error { close(first); <-proceed; return nil }); err != nil {
			t.Error(err)
		}
	})
	<-first
	for i := range 100 {
		wg.Go(func() {
			if err := s.PutRecord("r", fmt.Sprint(i), []byte("x")); err != nil {
				t.Error(err)
			}
		})
	}
	for waiting := 0; waiting < 100; {
		s.commits.mu.Lock()
		waiting = len(s.commits.waiting)
		s.commits.mu.Unlock()
	}
	close(proceed)
	wg.Wait()
	if got := s.Stats().BoltCommits - before; got != 2 {
		t.Errorf("%d commits, want 2", got)
	}
	n := 0
	must(t, s.EachRecord("r", func(string, []byte) error { n++; return nil }))
	if n != 100 {
		t.Errorf("%d records", n)
	}
}

// TestFailureInAGroup wants the writes that share a commit with one that fails,
// or panics, to succeed.
func TestFailureInAGroup(t *testing.T) {
	s := open(t, t.TempDir(), slow())
	boom := errors.New("boom")
	put := func(key string) *write {
		return &write{fn: dbPut(key)}
	}
	bad := &write{fn: func(tx *bolt.Tx) error { return errors.Join(dbPut("bad")(tx), boom) }}
	worse := &write{fn: func(*bolt.Tx) error { panic("worse") }}
	group := []*write{put("a"), bad, put("b"), worse, put("c")}
	all := append([]*write{}, group...)
	s.commits.commit(group)
	for i, w := range all {
		if !w.done || (w.err == nil) != (w != bad && w != worse) {
			t.Errorf("write %d: done %v, %v", i, w.done, w.err)
		}
	}
	if !errors.Is(bad.err, boom) || worse.panicked != "worse" {
		t.Errorf("bad: %v, worse: %v", bad.err, worse.panicked)
	}
	got := ""
	must(t, s.EachRecord("r", func(key string, _ []byte) error { got += key; return nil }))
	if got != "abc" {
		t.Errorf("records %s", got)
	}
	defer func() {
		if recover() != "mine" {
			t.Error("the panic of an update did not reach its caller")
		}
	}()
	s.Update(func(*Tx) error { panic("mine") }) //nolint:errcheck // it panics
}

func dbPut(key string) func(*bolt.Tx) error {
	return func(tx *bolt.Tx) error { return (&Tx{tx}).Put("r", key, nil) }
}

func TestEachRecordPages(t *testing.T) {
	s := open(t, t.TempDir(), slow())
	const n = 2*eachBatch + 1
	must(t, s.Update(func(tx *Tx) error {
		for i := range n {
			must(t, tx.Put("r", fmt.Sprintf("%04d", i), nil))
		}
		return nil
	}))
	i := 0
	must(t, s.EachRecord("r", func(key string, _ []byte) error {
		if key != fmt.Sprintf("%04d", i) {
			t.Errorf("record %d is %s", i, key)
		}
		i++
		return nil
	}))
	if i != n {
		t.Errorf("%d records", i)
	}
	stop := errors.New("stop")
	i = 0
	if err := s.EachRecord("r", func(string, []byte) error { i++; return stop }); !errors.Is(err, stop) || i != 1 {
		t.Errorf("%v after %d", err, i)
	}
	must(t, s.Update(func(tx *Tx) error { return errors.Join(tx.DeleteBucket("r"), tx.DeleteBucket("never")) }))
	must(t, s.EachRecord("r", func(key string, _ []byte) error { t.Errorf("%s is left", key); return nil }))
}
