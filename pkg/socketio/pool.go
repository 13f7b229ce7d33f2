package socketio

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// maxIdleWorkers is how many goroutines wait for work at most. More are
	// started where those that exist are busy or blocked, and end when they are done.
	maxIdleWorkers = 64
	// idlePeriod is how often those that were not needed are let go.
	idlePeriod = 5 * time.Second
)

// pool runs the work of sockets on goroutines that are used again: growing a
// new stack for each event would cost more than the event.
type pool struct {
	next   chan *work // nil lets a goroutine go
	idle   atomic.Int32
	starts atomic.Uint64
	active sync.WaitGroup
	done   chan struct{}

	ticking atomic.Bool // trim will be called
	last    uint64      // starts, when trim was last called
}

func newPool() *pool { return &pool{next: make(chan *work), done: make(chan struct{})} }

// start drains w soon, on some goroutine.
func (p *pool) start(w *work) {
	p.active.Add(1)
	p.starts.Add(1)
	select {
	case p.next <- w:
	default:
		go p.worker(w)
	}
}

func (p *pool) worker(w *work) {
	for w != nil {
		w.drain()
		p.active.Done()
		if p.idle.Add(1) > maxIdleWorkers {
			p.idle.Add(-1)
			return
		}
		p.tick()
		select {
		case w = <-p.next:
			p.idle.Add(-1)
		case <-p.done:
			return
		}
	}
}

// tick makes sure that trim will be called.
func (p *pool) tick() {
	if !p.ticking.Load() && !p.ticking.Swap(true) {
		time.AfterFunc(idlePeriod, p.tock)
	}
}

func (p *pool) tock() {
	p.trim()
	p.ticking.Store(false)
	select {
	case <-p.done:
	default:
		if p.idle.Load() > 0 {
			p.tick()
		}
	}
}

// trim lets goroutines go of which there were more than pieces of work lately.
func (p *pool) trim() {
	starts, idle := p.starts.Load(), p.idle.Load()
	needed := starts - p.last
	p.last = starts
	for n := uint64(max(idle, 0)); n > needed; n-- {
		select {
		case p.next <- nil:
		default:
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
