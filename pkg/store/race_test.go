package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"testing"
)

func appendAndWait(ctx context.Context, q *Queue, i int) error {
	_, c, err := q.Append(fmt.Append(nil, i))
	if err = errors.Join(err, c.Wait(ctx)); errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// TestEverythingAtOnce has all of the store's methods called at the same time:
// for the race detector, for deadlocks, and for Check.
func TestEverythingAtOnce(t *testing.T) {
	o := slow()
	o.MaxTopics, o.chunk = 150, 20
	s := open(t, fastDir(t), o)
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	var fns []func(i int) error
	each := func(fn func(i int) error) { fns = append(fns, fn) }
	each(func(i int) error { s.Put(value(fmt.Sprint("t/", i%200), "x", uint64(i))); return nil })
	each(func(i int) error { s.Put(value(fmt.Sprint("t/", i%170), "y", uint64(i))); return nil })
	each(func(i int) error { s.Delete(fmt.Sprint("t/", i%60)); return nil })
	each(func(i int) error { s.Get(fmt.Sprint("t/", i%200)); s.MaxSeq(); s.Len(); s.Stats(); return nil })
	each(func(int) error { s.Match("t/+", func(v Value) bool { s.Get(v.Topic); return true }); return nil })
	each(func(i int) error { return s.PutRetained(Retained{Topic: fmt.Sprint("r/", i%50)}) })
	each(func(i int) error { return s.DeleteRetained(fmt.Sprint("r/", i%30)) })
	each(func(int) error { return s.EachRetained(func(Retained) error { return nil }) })
	each(func(i int) error { return s.PutRecord("b", fmt.Sprint(i%30), []byte("x")) })
	each(func(int) error { return s.EachRecord("b", func(string, []byte) error { return nil }) })
	q := openQueue(t, s, "q", QueueOptions{MaxMessages: 50})
	each(func(i int) error { return appendAndWait(ctx, q, i) })
	each(func(i int) error { return appendAndWait(ctx, q, i) })
	each(func(int) error {
		items, err := q.Next(0, 10)
		for _, it := range items {
			q.Remove(it.ID)
		}
		return err
	})
	each(func(i int) error {
		b := s.Batch()
		b.Put(q, fmt.Sprint(i%5), nil)
		b.Delete(q, fmt.Sprint((i+1)%5))
		c, err := b.Commit()
		q.Records("", func(string, []byte) bool { return true })
		return errors.Join(err, c.Wait(context.Background()))
	})
	each(func(i int) error {
		other, err := s.Queue("other", QueueOptions{})
		if err != nil {
			return err
		}
		return errors.Join(appendAndWait(ctx, other, i), s.DeleteQueue("other"))
	})
	each(func(int) error { return s.Flush() })
	each(func(int) error { return s.Flush() })
	each(func(int) error { return s.Checkpoint() })
	for _, fn := range fns {
		wg.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				if err := fn(i); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for range 2 {
		must(t, s.Check())
		must(t, s.Snapshot(io.Discard))
	}
	stop()
	wg.Wait()
	must(t, s.Check())
}
