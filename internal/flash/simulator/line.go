//go:build linux

package simulator

import (
	"context"
	"sync"
	"time"
)

// host is who the line leads to.
type host interface {
	write(p []byte)
	baud() int // 0: as the board's
	unplug()   // takes the board away from it
}

// console is the speed that MicroPython speaks, in baud.
const console = 115200

// received is what came from a host.
type received struct {
	data []byte
	baud int
	web  bool // by the browser's bridge, which has the lines to reset by
}

// sent is what the board sends at a speed; 0 is the host's.
type sent struct {
	data []byte
	baud int
}

// line is the serial line between the board and whoever is at the other end: a byte takes ten bits' time, and arrives as rubbish
// when the two do not agree on the speed.
type line struct {
	ctx  context.Context
	fast bool
	slow bool // more than 115200 baud does not get through
	rx   chan received
	tx   chan sent

	mu    sync.Mutex
	hosts [2]host // the port, the browser
	speed int     // what the loader in RAM was told, 0 for the ROM
}

func newLine(ctx context.Context, o Options) *line {
	return &line{ctx: ctx, fast: o.Fast, slow: o.Faults.Has(Slow), rx: make(chan received), tx: make(chan sent, 64)}
}

func (l *line) attach(c *cable) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.hosts[0] = c
}

// browse puts a browser at the line, instead of the one before; false when there is no cable.
func (l *line) browse(h host) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.hosts[0] == nil {
		return false
	}
	l.hosts[1] = h
	return true
}

// unplug takes the board away from whoever is at the line.
func (l *line) unplug() {
	l.mu.Lock()
	hosts := l.hosts
	l.hosts = [2]host{}
	l.mu.Unlock()
	for _, h := range hosts {
		if h != nil {
			h.unplug()
		}
	}
}

// leave takes it away.
func (l *line) leave(h host) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.hosts[1] == h {
		l.hosts[1] = nil
	}
}

func (l *line) setBaud(baud int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.speed = baud
}

// reset drops what is on its way.
func (l *line) reset() {
	l.setBaud(0)
	for {
		select {
		case <-l.tx:
		default:
			return
		}
	}
}

// send queues bytes; baud 0 is the loader's speed.
func (l *line) send(data []byte, baud int) {
	if baud == 0 {
		l.mu.Lock()
		baud = l.speed
		l.mu.Unlock()
	}
	select {
	case l.tx <- sent{data, baud}:
	case <-l.ctx.Done():
	}
}

// transmit sends what is queued, at the pace of the line.
func (l *line) transmit() {
	var p pace
	for {
		select {
		case s := <-l.tx:
			for len(s.data) > 0 {
				n := min(len(s.data), 128)
				l.write(&p, s.data[:n], s.baud)
				s.data = s.data[n:]
			}
		case <-l.ctx.Done():
			return
		}
	}
}

func (l *line) write(p *pace, data []byte, speed int) {
	l.mu.Lock()
	hosts := l.hosts
	l.mu.Unlock()
	for _, h := range hosts {
		if h == nil {
			continue
		}
		baud := h.baud()
		if l.mismatch(baud, speed) {
			h.write(rubbish(data))
		} else {
			h.write(data)
		}
	}
	l.take(p, len(data), max(speed, console))
}

func (l *line) mismatch(host, board int) bool {
	return host != 0 && (board != 0 && host != board || l.slow && host > console)
}

// understood is what of r the chip takes it for, which listens at a speed; 0 is the loader's.
func (l *line) understood(r received, speed int) []byte {
	if speed == 0 {
		l.mu.Lock()
		speed = l.speed
		l.mu.Unlock()
	}
	if l.mismatch(r.baud, speed) {
		return rubbish(r.data)
	}
	return r.data
}

// arrive hands bytes to the board when the line has carried them.
func (l *line) arrive(p *pace, r received) bool {
	l.take(p, len(r.data), r.baud)
	select {
	case l.rx <- r:
		return true
	case <-l.ctx.Done():
		return false
	}
}

func (l *line) take(p *pace, n, baud int) {
	if l.fast || baud <= 0 {
		return
	}
	now := time.Now()
	if p.until.Before(now) {
		p.until = now
	}
	p.until = p.until.Add(time.Duration(n) * 10 * time.Second / time.Duration(baud))
	timer := p.clock.set(p.until.Sub(now))
	defer timer.Stop()
	select {
	case <-timer.C:
		p.clock.rang()
	case <-l.ctx.Done():
	}
}

// pace knows until when a direction of the line is taken.
type pace struct {
	until time.Time
	clock clock
}

// clock makes waits as long as they should be on the whole: a busy machine wakes sleepers late, by a millisecond or more, which is
// taken off the next wait.
type clock struct {
	due  time.Time
	late time.Duration
}

func (c *clock) set(d time.Duration) *time.Timer {
	d = max(d-c.late, 0)
	c.due = time.Now().Add(d)
	return time.NewTimer(d)
}

func (c *clock) rang() {
	c.late = min(time.Since(c.due), 5*time.Millisecond)
}

// rubbish is what bytes look like at another speed.
func rubbish(data []byte) []byte {
	out := make([]byte, 0, len(data))
	for i, b := range data {
		if b&3 != 1 {
			out = append(out, 0x80|b^byte(i*29))
		}
	}
	return out
}

// listenTo takes what the host at a cable sends, until it is pulled.
func (b *Board) listenTo(c *cable) {
	var p pace
	buf := make([]byte, 2048)
	for {
		n, err := c.read(buf)
		if err != nil {
			return
		}
		if !b.line.arrive(&p, received{data: append([]byte(nil), buf[:n]...), baud: c.baud()}) {
			return
		}
	}
}
