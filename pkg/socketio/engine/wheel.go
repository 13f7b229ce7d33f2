package engine

import (
	"sync"
	"time"
)

// wheel drives the heartbeats of all connections with one ticker. Each
// connection is in the slot of its next step; steps are early by up to one tick,
// since a peer may count on being dropped in time.
type wheel struct {
	srv   *Server
	began time.Time
	tick  time.Duration

	mu    sync.Mutex
	slots []*Conn // heads of lists
	now   int     // slot of the last tick
}

func newWheel(s *Server) *wheel {
	short, long := s.o.PingInterval, s.o.PingTimeout
	if short > long {
		short, long = long, short
	}
	tick := min(max(short/16, 5*time.Millisecond), 500*time.Millisecond)
	return &wheel{srv: s, began: time.Now(), tick: tick, slots: make([]*Conn, int(long/tick)+3)}
}

// clock returns nanoseconds since the wheel began.
func (w *wheel) clock() int64 { return int64(time.Since(w.began)) }

// run turns the wheel until done is closed.
func (w *wheel) run(done <-chan struct{}) {
	t := time.NewTicker(w.tick)
	defer t.Stop()
	var due []*Conn
	for {
		select {
		case <-t.C:
		case <-done:
			return
		}
		due = w.turn(w.clock(), due[:0])
		for _, c := range due {
			c.step(w.clock())
		}
		clear(due)
	}
}

// turn moves on to the present and returns the connections that are due.
func (w *wheel) turn(now int64, due []*Conn) []*Conn {
	w.mu.Lock()
	defer w.mu.Unlock()
	target := int(now / int64(w.tick))
	if target-w.now > len(w.slots) {
		w.now = target - len(w.slots) // the machine slept
	}
	for ; w.now < target; w.now++ {
		for c := w.slots[w.now%len(w.slots)]; c != nil; {
			next := c.beat.next
			if c.beat.due <= now+int64(w.tick) {
				w.unlink(c)
				due = append(due, c)
			}
			c = next
		}
	}
	return due
}

// add schedules the next step of a connection.
func (w *wheel) add(c *Conn, due int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.unlink(c)
	c.beat.due = due
	i := max(int(due/int64(w.tick))-1, w.now) % len(w.slots)
	c.beat.slot, c.beat.prev, c.beat.next = i, nil, w.slots[i]
	if c.beat.next != nil {
		c.beat.next.beat.prev = c
	}
	w.slots[i] = c
}

// remove takes a connection out.
func (w *wheel) remove(c *Conn) {
	w.mu.Lock()
	w.unlink(c)
	w.mu.Unlock()
}

func (w *wheel) unlink(c *Conn) {
	b := &c.beat
	if b.slot < 0 {
		return
	}
	if b.prev != nil {
		b.prev.beat.next = b.next
	} else {
		w.slots[b.slot] = b.next
	}
	if b.next != nil {
		b.next.beat.prev = b.prev
	}
	b.slot, b.prev, b.next = -1, nil, nil
}

// step pings a connection, or closes it when its answer is overdue.
func (c *Conn) step(now int64) {
	if c.legacy.on {
		c.step3(now)
		return
	}
	o := &c.srv.o
	heard := c.beat.heard.Load()
	switch {
	case c.Closed():
		return
	case c.beat.pinged && heard < c.beat.sent && now+int64(c.srv.wheel.tick) >= c.beat.sent+int64(o.PingTimeout):
		c.shut(PingTimeout)
		return
	case c.beat.pinged && heard < c.beat.sent:
		c.srv.wheel.add(c, min(now+int64(o.PingInterval), c.beat.sent+int64(o.PingTimeout)))
	case c.beat.pinged:
		c.beat.pinged = false
		c.idle()
		c.srv.wheel.add(c, max(heard+int64(o.PingInterval), now))
	default:
		c.beat.pinged, c.beat.sent = true, now
		c.srv.wheel.add(c, now+int64(min(o.PingInterval, o.PingTimeout)))
		c.SendWith(c.srv.ping, Mode{})
	}
	if c.Closed() {
		c.srv.wheel.remove(c)
	}
}

// idle gives memory back between two pings.
func (c *Conn) idle() {
	c.mu.Lock()
	c.queue.shrink()
	c.mu.Unlock()
}
