package engine

import (
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// batchBytes is how much a shard gathers for one write.
const batchBytes = 64 << 10

// shard owns the writing of a part of the connections. One goroutine runs it.
type shard struct {
	srv    *Server
	wake   chan struct{}
	mu     sync.Mutex
	dirty  []*Conn
	buf    []byte
	raw    rawWriter
	frames atomic.Uint64
	bytes  atomic.Uint64
}

func newShard(s *Server) *shard {
	sh := &shard{srv: s, wake: make(chan struct{}, 1), buf: make([]byte, 0, batchBytes)}
	sh.raw.init()
	return sh
}

// mark makes the shard flush the connection soon.
func (s *shard) mark(c *Conn) {
	s.mu.Lock()
	s.dirty = append(s.dirty, c)
	first := len(s.dirty) == 1
	s.mu.Unlock()
	if first {
		select {
		case s.wake <- struct{}{}:
		default:
		}
	}
}

// run flushes what becomes dirty until done is closed.
func (s *shard) run(done <-chan struct{}) {
	var batch []*Conn
	for {
		select {
		case <-s.wake:
		case <-done:
			return
		}
		for batch = s.gather(batch); len(batch) > 0; batch = s.gather(batch) {
			for _, c := range batch {
				s.flush(c)
			}
		}
	}
}

// gather is swap after the time that more may come in; nothing has to wait where nothing is dirty.
func (s *shard) gather(old []*Conn) []*Conn {
	if s.srv.o.Linger > 0 && s.anyDirty() {
		time.Sleep(s.srv.o.Linger)
	}
	return s.swap(old)
}

func (s *shard) anyDirty() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.dirty) > 0
}

// swap returns the dirty connections and gives the memory of the last ones back.
func (s *shard) swap(old []*Conn) []*Conn {
	clear(old)
	s.mu.Lock()
	batch := s.dirty
	s.dirty = old[:0]
	s.mu.Unlock()
	return batch
}

// batch is what is taken of a connection's queue to be written at once.
type batch struct {
	raw    syscall.RawConn
	out    []byte
	frames int
	more   bool // the queue is not empty yet
	last   bool // with it the connection ends
}

// flush writes the queue of the connection, as far as its socket takes it.
func (s *shard) flush(c *Conn) {
	for {
		b, ok := c.takeBatch(s.buf)
		if !ok {
			return
		}
		sent, err := s.raw.write(b.raw, b.out)
		s.count(b.frames, sent)
		switch {
		case err != nil && err != syscall.EAGAIN:
			c.fail(TransportError)
			return
		case sent < len(b.out):
			c.handOver(b.out[sent:])
			return
		case b.last:
			c.finish()
			return
		case !b.more:
			return
		}
	}
}

// takeBatch returns what the shard is to write. It is not ok where there is
// nothing to do, or the connection's own goroutine does it.
func (c *Conn) takeBatch(buf []byte) (b batch, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.dirty = false
	if c.busy || c.nc == nil || c.state == stateClosed {
		return b, false
	}
	if c.raw == nil {
		c.busy = true
		c.goDrain(nil)
		return b, false
	}
	b.raw = c.raw
	before := c.queue.len()
	b.out = c.queue.take(buf)
	b.frames = before - c.queue.len()
	b.more = !c.queue.empty()
	b.last = !b.more && c.state == stateClosing
	// A connection that is pushed to from now on goes into the list anew, and
	// the shard, the only one to write, comes back to it.
	c.dirty = b.more
	return b, true
}

// handOver leaves the rest of a write to a goroutine that may block.
func (c *Conn) handOver(rest []byte) {
	rest = append([]byte(nil), rest...)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state == stateClosed {
		return
	}
	c.busy, c.dirty = true, false
	c.queue.bytes += len(rest)
	c.goDrain(rest)
}

// goDrain starts drain, with c.mu held: the connection is known still.
func (c *Conn) goDrain(rest []byte) { c.srv.readers.Go(func() { c.drain(rest) }) }

// drain writes rest and then the queue until that is empty.
func (c *Conn) drain(rest []byte) {
	buf := make([]byte, 0, 16<<10)
	held := len(rest)
	for {
		if len(rest) > 0 && !c.writeSlowly(rest) {
			return
		}
		c.mu.Lock()
		if c.state == stateClosed {
			c.mu.Unlock()
			return // what was held is accounted for
		}
		c.queue.bytes -= held
		before := c.queue.len()
		rest = c.queue.take(buf)
		held = len(rest)
		c.queue.bytes += held
		c.shard.count(before-c.queue.len(), held)
		if held == 0 {
			c.busy = false
			c.nc.SetWriteDeadline(time.Time{})
			last := c.state == stateClosing
			c.mu.Unlock()
			if last {
				c.finish()
			}
			return
		}
		c.mu.Unlock()
	}
}

// writeSlowly writes with a deadline. Where that fails the connection is closed.
func (c *Conn) writeSlowly(b []byte) bool {
	limit := c.srv.o.PingInterval + c.srv.o.PingTimeout
	c.mu.Lock()
	if c.state != stateOpen {
		limit = closeGrace
	}
	c.nc.SetWriteDeadline(time.Now().Add(limit))
	c.mu.Unlock()
	if _, err := c.nc.Write(b); err != nil {
		c.fail(TransportError)
		return false
	}
	return true
}

func (s *shard) count(frames, bytes int) {
	s.frames.Add(uint64(frames))
	s.bytes.Add(uint64(bytes))
}
