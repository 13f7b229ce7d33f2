package app

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Stopping takes under five seconds, whatever clients, links and disks do. Each stage has until its own moment, counted from the
// beginning of the stop.
const (
	socketsUntil = 1500 * time.Millisecond // socket.io: what still waits for a client by then is cut off
	httpUntil    = 2000 * time.Millisecond // HTTP: requests that are being answered
	brokerUntil  = 2500 * time.Millisecond // MQTT: it writes for 2 s at most, then wills are published
	linksUntil   = 3000 * time.Millisecond // links that are connected: what waits for their brokers
	workersUntil = 3500 * time.Millisecond // links and demo
	storeUntil   = 4700 * time.Millisecond // the last flush
)

// stop is one stop of the gateway.
type stop struct {
	*gateway
	began time.Time
}

// close stops taking, lets what is under way end, and puts the state on disk last. The edges stop side by side, so that one
// client that does not read costs no other edge its time. What did not end in its time is logged and left behind: only state
// that may not be on disk is an error.
func (g *gateway) close() error {
	s := &stop{g, time.Now()}
	g.boards.Stopping() // what their updates end by now is us
	var edges sync.WaitGroup
	edges.Go(func() {
		s.part("socket.io", socketsUntil, g.surface.Close)
		s.part("http", httpUntil, g.closeHTTP) // not before: a polling client comes once more for what waits for it
		s.await("socket.io's state", linksUntil, finished(s.saveRecovery))
	})
	edges.Go(func() { s.part("control", httpUntil, g.closeControl) })
	broker := make(chan struct{})
	edges.Go(func() {
		// The broker writes wills and retained messages until it has closed, whoever waits for it.
		go func() { defer close(broker); s.part("mqtt", storeUntil, g.broker.Close) }()
		s.wait(brokerUntil, broker)
	})
	edges.Wait()
	s.wait(linksUntil, finished(g.drainLinks)) // what the edges published last goes out too
	g.stopWork()
	s.await("dry runs", workersUntil, finished(g.rules.Close))
	s.await("background work", workersUntil, finished(g.background.Wait))
	s.await("mqtt", workersUntil, broker)
	s.await("log of drops", workersUntil, finished(g.drops.Flush))
	return s.closeStore()
}

// part stops one part. Being cut off at its time is what happens to clients that do not read, and no error of the stop.
func (s *stop) part(name string, until time.Duration, end func(context.Context) error) {
	ctx, cancel := context.WithDeadline(context.Background(), s.began.Add(until))
	defer cancel()
	switch err := end(ctx); {
	case errors.Is(err, context.DeadlineExceeded):
		s.log.Warn("stopping: clients that did not take what was theirs were cut off", "part", name)
	case err != nil:
		s.log.Error("stopping", "part", name, "err", err)
	}
}

// wait waits for done, but not for ever, and reports whether it came.
func (s *stop) wait(until time.Duration, done <-chan struct{}) bool {
	select {
	case <-done:
		return true
	case <-time.After(time.Until(s.began.Add(until))):
		return false
	}
}

// await is wait for something that ought to have ended.
func (s *stop) await(name string, until time.Duration, done <-chan struct{}) bool {
	ended := s.wait(until, done)
	if !ended {
		s.log.Warn("stopping: it takes too long and is left behind", "part", name)
	}
	return ended
}

// saveRecovery costs clients their recovery where it fails, and nothing else.
func (s *stop) saveRecovery() {
	if err := s.gateway.saveRecovery(); err != nil {
		s.log.Warn("clients will start afresh", "err", err)
	}
}

// closeStore flushes what there is. Parts that were left behind may go on calling the store: it refuses them.
func (s *stop) closeStore() error {
	s.store.NoteSeq(s.bus.Seq())
	var err error
	if !s.await("store", storeUntil, finished(func() { err = s.store.Close() })) {
		return errors.New("stopping store: the disk takes too long; what is younger than state.flush_interval may be lost")
	}
	if err != nil {
		return fmt.Errorf("stopping store: %w", err)
	}
	return nil
}

// finished is closed once wait has returned.
func finished(wait func()) <-chan struct{} {
	done := make(chan struct{})
	go func() { defer close(done); wait() }()
	return done
}
