package store

import (
	"errors"
	"sync"
	"time"
)

// loops are the store's background goroutines.
type loops struct {
	stop chan struct{}
	due  chan struct{} // a checkpoint is wanted before its time
	wg   sync.WaitGroup
}

func (s *Store) startLoops() {
	s.loops.stop = make(chan struct{})
	s.loops.due = make(chan struct{}, 1)
	s.loops.wg.Go(s.flushLoop)
	s.loops.wg.Go(s.commitLoop)
	s.loops.wg.Go(s.checkpointLoop)
}

func (s *Store) stopLoops() {
	close(s.loops.stop)
	s.loops.wg.Wait()
}

func (s *Store) flushLoop() {
	tick := time.NewTicker(s.opt.FlushInterval)
	defer tick.Stop()
	for failing := false; ; {
		select {
		case <-s.loops.stop:
			return
		case <-tick.C:
		}
		s.expireAll()
		failing = s.report("flush", s.Flush(), failing)
		if s.log.total.Load() > maxLogSize {
			s.wantCheckpoint()
		}
	}
}

func (s *Store) wantCheckpoint() {
	select {
	case s.loops.due <- struct{}{}:
	default: // one is wanted already
	}
}

func (s *Store) checkpointLoop() {
	tick := time.NewTicker(s.opt.CheckpointInterval)
	defer tick.Stop()
	for failing := false; ; {
		select {
		case <-s.loops.stop:
			return
		case <-tick.C:
		case <-s.loops.due:
			if failing {
				continue // each try begins a segment: not at every flush
			}
		}
		failing = s.report("checkpoint", s.Checkpoint(), failing)
	}
}

// report logs what no caller is there to be told, once until it is over, and
// returns whether it goes on.
func (s *Store) report(what string, err error, failing bool) bool {
	switch {
	case errors.Is(err, ErrClosed):
	case err != nil && !failing:
		s.opt.Logger.Error("state is not being saved; will try again", "step", what, "dir", s.dir, "err", err)
	case err == nil && failing:
		s.opt.Logger.Info("state is being saved again", "step", what, "dir", s.dir)
	}
	return err != nil
}
