package broker

import (
	"context"
	"sync"
	"time"
)

// durableTimeout is how long an acknowledgement may wait for disks.
const durableTimeout = 10 * time.Second

// answers are the acknowledgements that a connection is owed, in order. The goroutine that reads the connection goes on
// reading while they wait for disks, so that a client with many messages under way shares one commit between them.
type answers struct {
	mu    sync.Mutex
	queue []answer // the first of which may be under way
	freed chan struct{}
}

type answer struct {
	wait commit
	then func(error)
}

// answer calls then once everything owed before has been, and wait has returned; nil for nothing to wait for. With limit
// answers owed it does not return until there are fewer. It is for the goroutine that reads the connection.
func (b *Broker) answer(c *conn, wait commit, then func(error)) {
	a := &c.answers
	if wait == nil && a.none() {
		then(nil)
		return
	}
	for !a.add(answer{wait, then}, int(b.opts.MaxInflight), b.startAnswering(c)) {
		select {
		case <-a.freed:
		case <-c.gone:
			return
		}
	}
}

func (b *Broker) startAnswering(c *conn) func() {
	return func() { b.running.Go(func() { b.giveAnswers(c) }) }
}

func (a *answers) none() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.queue) == 0
}

// add queues an answer and calls start if nobody is at work on the queue. It reports false when there is no room.
func (a *answers) add(next answer, limit int, start func()) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.freed == nil {
		a.freed = make(chan struct{}, 1)
	}
	if len(a.queue) >= limit {
		return false
	}
	a.queue = append(a.queue, next)
	if len(a.queue) == 1 {
		start()
	}
	return true
}

// giveAnswers runs while answers are owed.
func (b *Broker) giveAnswers(c *conn) {
	next, ok := c.answers.first()
	for ok {
		next.then(next.await())
		next, ok = c.answers.advance()
	}
}

func (a *answer) await() error {
	if a.wait == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), durableTimeout)
	defer cancel()
	return a.wait(ctx)
}

func (a *answers) first() (answer, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.queue[0], true
}

// advance takes the first answer off, and returns the next.
func (a *answers) advance() (answer, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.queue[0] = answer{}
	a.queue = a.queue[1:]
	select {
	case a.freed <- struct{}{}:
	default:
	}
	if len(a.queue) == 0 {
		a.queue = nil
		return answer{}, false
	}
	return a.queue[0], true
}
