package store

import (
	"fmt"
	"sync"
)

// A queueSet is all queues, and what is to be written of them. Queue operations
// go to the value log, a batch being one record, and from there, with the next
// checkpoint, to bbolt: one sync for all that wait, and what is removed before
// the next checkpoint costs no more.
type queueSet struct {
	kick chan struct{} // something is to be written at once

	mu      sync.Mutex
	closed  bool
	byName  map[string]*Queue
	pending *group          // gathering; nil when nothing is
	broken  []*Queue        // with a repair
	delta   map[string]cell // rows that bbolt has yet to hear of, by key
	frozen  map[string]cell // those that a checkpoint is writing, or failed to

	dropped, commits, failures uint64
	err                        error // of the last commit
}

func newQueueSet() queueSet {
	return queueSet{
		kick: make(chan struct{}, 1), byName: map[string]*Queue{},
		delta: map[string]cell{}, frozen: map[string]cell{},
	}
}

// close refuses what would need the disk from now on.
func (qs *queueSet) close() {
	qs.mu.Lock()
	defer qs.mu.Unlock()
	qs.closed = true
}

// A group is the operations that are committed together.
type group struct {
	ops  []queueOp
	done chan struct{} // closed when err is set
	err  error
}

// gather adds a batch of operations, with qs.mu held, to those to be committed.
// Nobody waits for what is only removed.
func (qs *queueSet) gather(ops []queueOp) *group {
	ops[len(ops)-1].last = true
	if qs.pending == nil {
		qs.pending = &group{done: make(chan struct{})}
	}
	g := qs.pending
	g.ops = append(g.ops, ops...)
	for i := range ops {
		if ops[i].kind == opAppend || ops[i].kind == opPut {
			qs.wake()
			break
		}
	}
	return g
}

// wake has the committer look.
func (qs *queueSet) wake() {
	select {
	case qs.kick <- struct{}{}:
	default: // it is about to
	}
}

// hurry has g committed now, unless it is being committed: what gathers meanwhile can wait.
func (qs *queueSet) hurry(g *group) {
	qs.mu.Lock()
	waits := qs.pending == g
	qs.mu.Unlock()
	if waits {
		qs.wake()
	}
}

// take returns what is to be committed, nil when nothing is. finish must follow.
func (qs *queueSet) take() *group {
	qs.mu.Lock()
	defer qs.mu.Unlock()
	g := qs.pending
	qs.pending = nil
	if len(qs.broken) == 0 {
		return g
	}
	if g == nil {
		g = &group{done: make(chan struct{})}
	}
	g.ops = append(qs.repairs(), g.ops...)
	return g
}

// finish tells memory, and those who wait, how the commit of g went.
func (qs *queueSet) finish(g *group, err error) {
	if g == nil {
		return
	}
	if err != nil {
		err = fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	qs.mu.Lock()
	defer qs.mu.Unlock()
	qs.err, g.err = err, err
	if err != nil {
		qs.failures++
	} else {
		qs.commits++
	}
	for i := range g.ops {
		op := &g.ops[i]
		if err != nil {
			qs.fail(op)
			continue
		}
		qs.apply(op)
		if op.kind == opAppend && !op.e.hidden {
			op.q.notify()
		}
	}
	close(g.done)
}

// commitQueues writes what has gathered, and syncs it.
func (s *Store) commitQueues() error {
	s.flushing.Lock()
	defer s.flushing.Unlock()
	if s.closed {
		return ErrClosed // Close flushes it
	}
	g := s.queues.take()
	if g == nil {
		return nil
	}
	err := s.writeOut(nil, g, false)
	s.queues.finish(g, err)
	if err != nil {
		return fmt.Errorf("commit to queues: %w", err)
	}
	return nil
}

// commitLoop writes as soon as something has gathered; what comes while it does
// shares the next commit.
func (s *Store) commitLoop() {
	for failing := false; ; {
		select {
		case <-s.loops.stop:
			return
		case <-s.queues.kick:
		}
		failing = s.report("queue commit", s.commitQueues(), failing)
	}
}
