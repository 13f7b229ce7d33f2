package store

import (
	"fmt"
	"sync"
	"sync/atomic"

	bolt "go.etcd.io/bbolt"
)

// A committer lets writers that wait together share one bbolt commit. Whoever
// gets the turn commits for all that wait; there is no delay to gather company,
// since the sync of the commit before is what they wait for.
type committer struct {
	db       *bolt.DB
	pageSize int64
	fault    func(string) error

	mu      sync.Mutex
	waiting []*write

	turn sync.Mutex // held while a commit runs

	commits atomic.Uint64
	size    atomic.Int64 // of the database at the last commit
}

type write struct {
	fn       func(*bolt.Tx) error
	done     bool
	err      error
	panicked any
}

// maxGroup bounds how many writes share a commit, and so its memory.
const maxGroup = 1024

// update runs fn in a transaction and returns when it is synced. fn may run more
// than once: when a write of its group fails, the others are run again.
func (c *committer) update(fn func(*bolt.Tx) error) error {
	w := &write{fn: fn}
	c.mu.Lock()
	c.waiting = append(c.waiting, w)
	c.mu.Unlock()

	c.turn.Lock()
	for !w.done {
		c.commit(c.take())
	}
	c.turn.Unlock()
	if w.panicked != nil {
		panic(w.panicked) // the caller's own, raised where the caller can see it
	}
	return w.err
}

func (c *committer) take() []*write {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := min(len(c.waiting), maxGroup)
	group := c.waiting[:n:n]
	c.waiting = c.waiting[n:]
	return group
}

// commit finishes every write of the group: in one transaction, after putting
// aside those that fail by themselves.
func (c *committer) commit(group []*write) {
	for len(group) > 0 {
		failed := -1
		err := c.db.Update(func(tx *bolt.Tx) error {
			for i, w := range group {
				if err := w.run(tx); err != nil {
					failed = i
					return err
				}
			}
			c.size.Store(tx.Size())
			return c.fault("bolt commit")
		})
		if failed < 0 {
			c.finish(group, err)
			return
		}
		group[failed].done, group[failed].err = true, err
		group = append(group[:failed], group[failed+1:]...)
	}
}

// finish ends the writes of a group whose commit is done, or failed.
func (c *committer) finish(group []*write, err error) {
	if err != nil {
		err = fmt.Errorf("commit to %s: %w", c.db.Path(), err)
	} else {
		c.commits.Add(1)
	}
	for _, w := range group {
		w.done, w.err = true, err
	}
}

// run calls fn and keeps its panic for the one who passed it in.
func (w *write) run(tx *bolt.Tx) (err error) {
	defer func() {
		if p := recover(); p != nil {
			w.panicked, err = p, ErrCorrupt
		}
	}()
	return w.fn(tx)
}

// stats returns the number of commits, the bytes they wrote, and the size of
// the database. bbolt counts the bytes of the pages it allocates; each commit
// writes those and one meta page.
func (c *committer) stats() (commits uint64, written, size int64) {
	commits = c.commits.Load()
	written = c.db.Stats().TxStats.PageAlloc + int64(commits)*c.pageSize
	return commits, written, c.size.Load()
}
