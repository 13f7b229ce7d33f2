package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

func openQueue(t testing.TB, s *Store, name string, o QueueOptions) *Queue {
	t.Helper()
	q, err := s.Queue(name, o)
	must(t, err)
	return q
}

// push appends an item and waits until it is durable.
func push(t testing.TB, q *Queue, data string) uint64 {
	t.Helper()
	id, c, err := q.Append([]byte(data))
	must(t, err)
	must(t, c.Wait(t.Context()))
	return id
}

func putRecord(t testing.TB, q *Queue, key, data string) {
	t.Helper()
	b := q.s.Batch()
	b.Put(q, key, []byte(data))
	c, err := b.Commit()
	must(t, err)
	must(t, c.Wait(t.Context()))
}

// contents lists the committed items of a queue as id:data.
func contents(t testing.TB, q *Queue) string {
	t.Helper()
	var b strings.Builder
	for after := uint64(0); ; {
		items, err := q.Next(after, 3)
		must(t, err)
		if len(items) == 0 {
			return strings.TrimSpace(b.String())
		}
		for _, it := range items {
			fmt.Fprintf(&b, "%d:%s ", it.ID, it.Data)
			after = it.ID
		}
	}
}

func wantContents(t testing.TB, q *Queue, want string) {
	t.Helper()
	if got := contents(t, q); got != want {
		t.Errorf("queue %s holds %s; want %s", q.Name(), got, want)
	}
}

// crashed opens what the power would leave if it were cut now.
func crashed(t testing.TB, s *Store) *Store {
	t.Helper()
	return open(t, copyDir(t, s.dir), slow())
}

func TestQueueSurvives(t *testing.T) {
	for _, where := range []string{"log", "bbolt", "both"} {
		t.Run(where, func(t *testing.T) {
			s := open(t, t.TempDir(), slow())
			q := openQueue(t, s, "session/a", QueueOptions{})
			push(t, q, "one")
			push(t, q, "")
			if where != "log" {
				must(t, s.Checkpoint())
			}
			if where != "bbolt" {
				push(t, q, "three")
				must(t, q.Remove(1).Wait(t.Context()))
			} else {
				q.Remove(1)
				push(t, q, "three") // tells the disk of the removal
				must(t, s.Checkpoint())
			}
			for name, s := range map[string]*Store{"crash": crashed(t, s), "close": reopen(t, s)} {
				q := openQueue(t, s, "session/a", QueueOptions{})
				wantContents(t, q, "2: 3:three")
				if q.Len() != 2 || q.Bytes() != 5 || q.OldestAt().IsZero() {
					t.Errorf("%s: %d items, %d bytes, oldest %s", name, q.Len(), q.Bytes(), q.OldestAt())
				}
				select {
				case <-q.Changed():
				default:
					t.Errorf("%s: the reader is not told of what waits", name)
				}
				if id := push(t, q, "four"); id != 4 {
					t.Errorf("%s: next id %d", name, id)
				}
				must(t, s.Check())
			}
		})
	}
}

// TestIDsAreNotUsedTwice wants ids to go on after all items are gone.
func TestIDsAreNotUsedTwice(t *testing.T) {
	s := open(t, t.TempDir(), slow())
	q := openQueue(t, s, "q", QueueOptions{})
	must(t, q.Remove(push(t, q, "x")).Wait(t.Context()))
	must(t, s.Checkpoint())
	s = reopen(t, crashed(t, s))
	if id := push(t, openQueue(t, s, "q", QueueOptions{}), "y"); id != 2 {
		t.Errorf("id %d", id)
	}
}

// TestItemsAreSeenOnceCommitted holds a commit up: what is not durable is not
// delivered, and what came meanwhile shares one commit.
func TestItemsAreSeenOnceCommitted(t *testing.T) {
	syncing, proceed := make(chan struct{}), make(chan struct{})
	var hold atomic.Bool
	o := slow()
	o.fault = func(step string) error {
		if step == "log sync" && hold.CompareAndSwap(true, false) {
			syncing <- struct{}{}
			<-proceed
		}
		return nil
	}
	s := open(t, t.TempDir(), o)
	q := openQueue(t, s, "q", QueueOptions{})
	must(t, s.Flush())
	before := s.Stats().LogSyncs
	hold.Store(true)
	_, first, err := q.Append([]byte("first"))
	must(t, err)
	<-syncing
	var wg sync.WaitGroup
	var ready sync.WaitGroup
	for range 100 {
		ready.Add(1)
		wg.Go(func() {
			_, c, err := q.Append([]byte("x"))
			ready.Done()
			if err := errors.Join(err, c.Wait(context.Background())); err != nil {
				t.Error(err)
			}
		})
	}
	ready.Wait()
	if q.Len() != 101 {
		t.Errorf("%d items", q.Len())
	}
	wantContents(t, q, "")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := first.Wait(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Wait before the sync: %v", err)
	}
	close(proceed)
	must(t, first.Wait(t.Context()))
	wg.Wait()
	<-q.Changed()
	if items, err := q.Next(0, 1000); err != nil || len(items) != 101 || string(items[0].Data) != "first" {
		t.Errorf("%d items, %v", len(items), err)
	}
	if syncs := s.Stats().LogSyncs - before; syncs != 2 {
		t.Errorf("%d syncs for 101 messages, want 2", syncs)
	}
}

// TestWaitingCostsNoSyncOfItsOwn wants whoever waits for a commit that is under way not to bring on another: the acknowledgement of a
// command, which comes a moment later, is to go with the next flush.
func TestWaitingCostsNoSyncOfItsOwn(t *testing.T) {
	o := slow()
	var hold atomic.Bool
	syncing, proceed := make(chan struct{}), make(chan struct{})
	o.fault = func(step string) error {
		if step == "log sync" && hold.CompareAndSwap(true, false) {
			syncing <- struct{}{}
			<-proceed
		}
		return nil
	}
	s := open(t, t.TempDir(), o)
	q := openQueue(t, s, "q", QueueOptions{})
	must(t, s.Flush())
	hold.Store(true)
	id, c, err := q.Append([]byte("command"))
	must(t, err)
	<-syncing
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Wait(gone); !errors.Is(err, context.Canceled) {
		t.Errorf("Wait before the sync: %v", err)
	}
	if len(s.queues.kick) != 0 {
		t.Error("another commit is wanted")
	}
	close(proceed)
	must(t, c.Wait(t.Context()))
	q.Remove(id)
	if len(s.queues.kick) != 0 {
		t.Error("a removal is to be committed at once")
	}
}

func TestFullQueues(t *testing.T) {
	type told struct {
		n      int
		reason string
	}
	var got []told
	onDrop := func(n int, reason string) { got = append(got, told{n, reason}) }
	s := open(t, t.TempDir(), slow())
	tests := []struct {
		name   string
		o      QueueOptions
		want   string
		drops  int
		refuse int
	}{
		{"drop by number", QueueOptions{MaxMessages: 3}, "3:cc 4:dd 5:ee", 2, 0},
		{"drop by size", QueueOptions{MaxBytes: 5}, "4:dd 5:ee", 3, 0},
		{"refuse by number", QueueOptions{MaxMessages: 3, Full: Refuse}, "1:aa 2:bb 3:cc", 0, 2},
		{"refuse by size", QueueOptions{MaxBytes: 5, Full: Refuse}, "1:aa 2:bb", 0, 3},
		{"larger than all", QueueOptions{MaxBytes: 1}, "", 0, 5},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got = nil
			tt.o.OnDrop = onDrop
			q := openQueue(t, s, tt.name, tt.o)
			refused := 0
			for _, data := range []string{"aa", "bb", "cc", "dd", "ee"} {
				_, c, err := q.Append([]byte(data))
				if errors.Is(err, ErrFull) {
					refused++
				} else {
					must(t, err)
				}
				must(t, c.Wait(t.Context()))
			}
			wantContents(t, q, tt.want)
			wantContents(t, openQueue(t, crashed(t, s), tt.name, tt.o), tt.want)
			n := 0
			for _, d := range got {
				n += d.n
				if d.reason != DropFull {
					t.Errorf("dropped because %s", d.reason)
				}
			}
			if n != tt.drops || refused != tt.refuse {
				t.Errorf("%d dropped, %d refused; want %d, %d", n, refused, tt.drops, tt.refuse)
			}
		})
	}
	if st := s.Stats(); st.QueueDropped != 5 || st.Queues != len(tests) || st.QueueItems != 10 {
		t.Errorf("%+v", st)
	}
}

// TestReopenedWithSmallerBounds wants the new bounds to hold at once.
func TestReopenedWithSmallerBounds(t *testing.T) {
	s := open(t, t.TempDir(), slow())
	q := openQueue(t, s, "q", QueueOptions{})
	for i := range 5 {
		push(t, q, fmt.Sprint(i))
	}
	must(t, s.Checkpoint())
	s = reopen(t, s)
	wantContents(t, openQueue(t, s, "q", QueueOptions{MaxMessages: 2}), "4:3 5:4")
}

func TestQueueNames(t *testing.T) {
	s := open(t, t.TempDir(), slow())
	for _, name := range []string{"", "a\x00b", strings.Repeat("x", maxQueueName+1)} {
		if _, err := s.Queue(name, QueueOptions{}); !errors.Is(err, ErrInvalid) {
			t.Errorf("%q: %v", name, err)
		}
	}
	longest := strings.Repeat("x", maxQueueName)
	for _, name := range []string{"s/b", "s/a", "s", "link/x", longest} {
		push(t, openQueue(t, s, name, QueueOptions{}), name)
	}
	openQueue(t, s, "s/empty", QueueOptions{})
	must(t, s.Checkpoint())
	s = reopen(t, s)
	if names, err := s.Queues("s/"); err != nil || fmt.Sprint(names) != "[s/a s/b s/empty]" {
		t.Errorf("%v, %v", names, err)
	}
	wantContents(t, openQueue(t, s, longest, QueueOptions{}), "1:"+longest)
	wantContents(t, openQueue(t, s, "s", QueueOptions{}), "1:s")
}

func TestDeleteQueue(t *testing.T) {
	for _, checkpoint := range []bool{false, true} {
		t.Run(fmt.Sprint("checkpoint ", checkpoint), func(t *testing.T) {
			s := open(t, t.TempDir(), slow())
			old := openQueue(t, s, "q", QueueOptions{})
			b := s.Batch()
			b.Append(old, []byte("old"))
			b.Put(old, "record", []byte("old"))
			_, err := b.Commit()
			must(t, err)
			must(t, s.Flush())
			if checkpoint {
				must(t, s.Checkpoint())
			}
			must(t, s.DeleteQueue("q"))
			must(t, s.DeleteQueue("q"))
			if _, _, err := old.Append(nil); !errors.Is(err, ErrClosed) {
				t.Errorf("Append to a deleted queue: %v", err)
			}
			if names, _ := crashed(t, s).Queues(""); len(names) != 0 {
				t.Errorf("queues %v are left", names)
			}
			q := openQueue(t, s, "q", QueueOptions{})
			push(t, q, "new")
			old.Remove(1) // of another queue, by now
			if _, found := q.Record("record"); found {
				t.Error("the old record is there")
			}
			must(t, s.Checkpoint())
			must(t, q.Remove(1).Wait(t.Context()))
			push(t, q, "newer")
			must(t, s.Checkpoint())
			wantContents(t, openQueue(t, crashed(t, s), "q", QueueOptions{}), "2:newer")
		})
	}
}

func TestQueueRecords(t *testing.T) {
	s := open(t, t.TempDir(), slow())
	q := openQueue(t, s, "q", QueueOptions{})
	put := func(key, data string) { t.Helper(); putRecord(t, q, key, data) }
	list := func(q *Queue, prefix string) (got string) {
		q.Records(prefix, func(key string, data []byte) bool { got += key + "=" + string(data) + " "; return true })
		return got
	}
	put("session", "1")
	put("out/1", "a")
	put("out/2", "b")
	must(t, s.Checkpoint())
	put("out/1", "c")
	b := s.Batch()
	b.Delete(q, "out/2")
	b.Delete(q, "never")
	c, err := b.Commit()
	must(t, err)
	must(t, c.Wait(t.Context()))
	for range 2 {
		cq := openQueue(t, crashed(t, s), "q", QueueOptions{})
		if got := list(cq, "out/"); got != "out/1=c " {
			t.Error(got)
		}
		if got := list(cq, ""); got != "out/1=c session=1 " {
			t.Error(got)
		}
		must(t, s.Checkpoint())
	}
	for _, key := range []string{"", strings.Repeat("k", maxRecordKey+1)} {
		b := s.Batch()
		b.Append(q, []byte("not to be kept"))
		b.Put(q, key, nil)
		if _, err := b.Commit(); !errors.Is(err, ErrInvalid) {
			t.Errorf("key of %d bytes: %v", len(key), err)
		}
	}
	wantContents(t, q, "")
}
