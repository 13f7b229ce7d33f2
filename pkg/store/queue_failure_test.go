package store

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
)

// failingAt returns options of a store whose disk fails at the step that is set.
func failingAt() (o Options, step *atomic.Value) {
	step = &atomic.Value{}
	step.Store("")
	o = slow()
	o.fault = func(at string) error {
		if at == step.Load() {
			return errDisk
		}
		return nil
	}
	return o, step
}

// TestCommitErrors wants a commit that fails to say so and leave nothing, readers
// to go on, and the next commit to put the disk right.
func TestCommitErrors(t *testing.T) {
	for _, at := range []string{"log write", "log sync"} {
		t.Run(at, func(t *testing.T) {
			o, step := failingAt()
			s := open(t, t.TempDir(), o)
			q := openQueue(t, s, "q", QueueOptions{})
			push(t, q, "one")
			push(t, q, "two")
			b := s.Batch()
			b.Put(q, "r", []byte("1"))
			_, err := b.Commit()
			must(t, err)
			must(t, s.Flush())

			step.Store(at)
			for range 3 {
				b = s.Batch()
				b.Append(q, []byte("lost"))
				b.Put(q, "r", []byte("lost"))
				b.Put(q, "new", []byte("lost"))
				b.Remove(q, 1)
				c, err := b.Commit()
				must(t, err)
				if err := c.Wait(t.Context()); !errors.Is(err, ErrUnavailable) || !errors.Is(err, errDisk) {
					t.Fatalf("Wait: %v", err)
				}
			}
			wantContents(t, q, "2:two")
			if st := s.Stats(); st.QueueFailures < 3 || !errors.Is(st.LastError, errDisk) || st.QueueItems != 1 {
				t.Errorf("%+v", st)
			}
			must(t, s.Check())

			step.Store("")
			push(t, q, "three")
			if st := s.Stats(); st.LastError != nil {
				t.Error(st.LastError)
			}
			must(t, s.Check())
			for name, s := range map[string]*Store{"crash": crashed(t, s), "running": s} {
				q := openQueue(t, s, "q", QueueOptions{})
				wantContents(t, q, "2:two 6:three")
				if r, _ := q.Record("r"); string(r) != "1" {
					t.Errorf("%s: record %q", name, r)
				}
				if _, found := q.Record("new"); found {
					t.Errorf("%s: a record that failed is there", name)
				}
			}
		})
	}
}

// TestDeleteOnFailingDisk wants a queue whose deletion failed not to come back
// once the disk works, nor to take a new one of its name along.
func TestDeleteOnFailingDisk(t *testing.T) {
	o, step := failingAt()
	s := open(t, t.TempDir(), o)
	push(t, openQueue(t, s, "q", QueueOptions{}), "old")
	must(t, s.Checkpoint())
	step.Store("log sync")
	if err := s.DeleteQueue("q"); !errors.Is(err, ErrUnavailable) {
		t.Fatalf("DeleteQueue: %v", err)
	}
	q := openQueue(t, s, "q", QueueOptions{})
	if _, c, err := q.Append([]byte("lost")); err != nil || !errors.Is(c.Wait(t.Context()), ErrUnavailable) {
		t.Fatal(err)
	}
	step.Store("")
	push(t, q, "new")
	must(t, s.Checkpoint())
	must(t, s.Check())
	wantContents(t, openQueue(t, crashed(t, s), "q", QueueOptions{}), "2:new")
}

// TestCheckpointErrorsWithQueues fails a checkpoint after some of its
// transactions, and wants what it was about to survive, with what came after.
func TestCheckpointErrorsWithQueues(t *testing.T) {
	commits := 0
	failing := false
	o := slow()
	o.chunk = 3
	o.fault = func(step string) error {
		if step == "bolt commit" && failing {
			if commits++; commits%3 == 0 {
				return errDisk
			}
		}
		return nil
	}
	s := open(t, fastDir(t), o)
	q := openQueue(t, s, "q", QueueOptions{})
	want := ""
	for round := range 4 {
		for i := range 20 {
			id := push(t, q, fmt.Sprint(round, i))
			if i%2 == 0 {
				q.Remove(id)
			} else {
				want += fmt.Sprintf(" %d:%d %d", id, round, i)
			}
		}
		failing = round%2 == 0
		if err := s.Checkpoint(); failing != (err != nil) {
			t.Fatal(err)
		}
		must(t, s.Flush())
		must(t, s.Check())
		wantContents(t, q, want[1:])
		wantContents(t, openQueue(t, crashed(t, s), "q", QueueOptions{}), want[1:])
	}
}

func TestClosedQueues(t *testing.T) {
	s := open(t, t.TempDir(), slow())
	q := openQueue(t, s, "q", QueueOptions{})
	_, c, err := q.Append([]byte("last words"))
	must(t, err)
	must(t, s.Close())
	must(t, c.Wait(t.Context()))
	_, _, appending := q.Append(nil)
	_, reading := q.Next(0, 1)
	_, opening := s.Queue("q", QueueOptions{})
	_, listing := s.Queues("")
	for _, err := range []error{appending, reading, opening, listing, s.DeleteQueue("q")} {
		if !errors.Is(err, ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
	}
	must(t, q.Remove(1).Wait(t.Context()))
	wantContents(t, openQueue(t, open(t, s.dir, slow()), "q", QueueOptions{}), "1:last words")
}
