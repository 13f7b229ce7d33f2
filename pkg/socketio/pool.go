package socketio

import (
	"context"
	"sync"
	"sync/atomic"
)

// maxIdleWorkers is how many goroutines wait for work. More are started where
// those that exist are busy or blocked, and end when they are done.
const maxIdleWorkers = 64

// pool runs the work of sockets on goroutines that are used again: growing a
// new stack for each event would cost more than the event.
type pool struct {
	next   chan *work
	idle   atomic.Int32
	active sync.WaitGroup
	done   chan struct{}
}

func newPool() *pool { return &pool{next: make(chan *work), done: make(chan struct{})} }

// start drains w soon, on some goroutine.
func (p *pool) start(w *work) {
	p.active.Add(1)
	select {
	case p.next <- w:
	default:
		go p.worker(w)
	}
}

func (p *pool) worker(w *work) {
	for {
		w.drain()
		p.active.Done()
		if p.idle.Add(1) > maxIdleWorkers {
			p.idle.Add(-1)
			return
		}
		select {
		case w = <-p.next:
			p.idle.Add(-1)
		case <-p.done:
			return
		}
	}
}

// wait returns when no work is left, or ctx ends. No more may be started but by
// what runs.
func (p *pool) wait(ctx context.Context) error {
	idle := make(chan struct{})
	go func() {
		p.active.Wait()
		close(idle)
	}()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// stop ends the goroutines that wait for work.
func (p *pool) stop() { close(p.done) }
