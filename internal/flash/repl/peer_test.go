package repl

import (
	"context"
	"strings"
	"sync"
	"time"
)

// peer is the REPL of a board, in memory, for what the real one does seldom: answers that come byte by byte, firmware of every age,
// programs that will not be interrupted, and a receive buffer that overflows.
type peer struct {
	mu    sync.Mutex
	out   []byte
	ready chan struct{}

	bytewise bool // a read brings one byte
	age      age
	deaf     int           // interrupts that the program catches
	period   time.Duration // it restarts this often; 0 is never
	listens  time.Duration // for this long after it restarted
	born     time.Time
	resets   int
	silent   bool          // after code, nothing comes any more
	lag      time.Duration // what it says comes so much later
	coming   []string

	state    state
	line     []byte
	pending  []byte // received in a paste, not read yet
	window   int    // bytes of it until one becomes free
	stopAt   int    // a paste is ended by the board after so many bytes; 0 is never
	overflow bool
	chatter  string // said in the middle of things
	ran      []string
	run      func(code string) (out, trace string)
}

type age int

const (
	current age = iota
	noPaste     // knows of raw paste, is built without
	ancient     // does not know of it
)

type state int

const (
	running state = iota
	friendly
	raw
	pasting
	stopped // a paste that the board has ended: waits for the end of it
)

const (
	receiveBuffer = 256
	windowSize    = 128
)

func newPeer() *peer {
	return &peer{ready: make(chan struct{}, 1), born: time.Now(), run: func(string) (string, string) { return "", "" }}
}

func (p *peer) Read(ctx context.Context, b []byte) (int, error) {
	for {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		p.mu.Lock()
		p.consume(50)
		if p.bytewise {
			b = b[:1]
		}
		n := copy(b, p.out)
		p.out = p.out[n:]
		more := len(p.pending) > 0
		p.mu.Unlock()
		if n > 0 {
			return n, nil
		}
		if more {
			continue
		}
		select {
		case <-ctx.Done():
		case <-p.ready:
		}
	}
}

func (p *peer) Write(ctx context.Context, b []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.period > 0 && p.deafNow() {
		return nil
	}
	for _, c := range b {
		p.take(c)
	}
	p.wake()
	return nil
}

// deafNow tells that the board is starting or crashing, and hears nothing.
func (p *peer) deafNow() bool {
	if p.state != running {
		return false
	}
	return time.Since(p.born)%p.period > p.listens
}

func (p *peer) SetDTR(bool) error { return nil }

func (p *peer) SetRTS(on bool) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if on {
		p.resets++
		p.state, p.born, p.deaf = running, time.Now(), 0
	}
	return nil
}

func (p *peer) say(s string) {
	if p.lag == 0 {
		p.out = append(p.out, s...)
		return
	}
	p.coming = append(p.coming, s)
	time.AfterFunc(p.lag, func() {
		p.mu.Lock()
		p.out = append(p.out, p.coming[0]...)
		p.coming = p.coming[1:]
		p.mu.Unlock()
		p.wake()
	})
}

func (p *peer) wake() {
	select {
	case p.ready <- struct{}{}:
	default:
	}
}

func (p *peer) take(c byte) {
	switch p.state {
	case running:
		p.interrupt(c)
	case friendly:
		p.chat(c)
	case raw:
		p.command(c)
	default:
		if p.pending = append(p.pending, c); len(p.pending) > receiveBuffer {
			p.overflow = true
		}
	}
}

func (p *peer) interrupt(c byte) {
	if c != ctrlC[0] {
		return
	}
	if p.deaf > 0 {
		p.deaf--
		p.say("caught\r\n")
		return
	}
	p.state = friendly
	p.say("Traceback (most recent call last):\r\nKeyboardInterrupt: \r\nMicroPython v1.27.0\r\n>>> ")
}

func (p *peer) chat(c byte) {
	switch c {
	case ctrlA[0]:
		p.state, p.line = raw, nil
		p.say("\r\n" + greeting)
	case ctrlC[0], '\r':
		p.say("\r\n>>> ")
	}
}

func (p *peer) command(c byte) {
	switch c {
	case ctrlA[0]:
		if string(p.line) == ctrlE+"A" && p.age != ancient {
			p.offer()
		} else {
			p.say(greeting)
		}
		p.line = nil
	case ctrlC[0]:
		p.line = nil
	case ctrlD[0]:
		p.say("OK")
		p.finish()
	default:
		p.line = append(p.line, c)
	}
}

func (p *peer) offer() {
	p.say(p.chatter)
	if p.age == noPaste {
		p.say("R\x00>")
		return
	}
	p.say("R\x01" + string([]byte{windowSize, 0, 1}))
	p.state, p.window = pasting, windowSize
}

// consume reads n bytes of a paste, as the lexer does.
func (p *peer) consume(n int) {
	for ; n > 0 && len(p.pending) > 0; n-- {
		c := p.pending[0]
		p.pending = p.pending[1:]
		switch {
		case c == ctrlC[0]:
			p.line, p.state = nil, raw
			p.say(ctrlD + ctrlD + "KeyboardInterrupt: \r\n" + ctrlD + ">")
		case c == ctrlD[0] && p.state == stopped:
			p.finish()
		case p.state == stopped:
		case c == ctrlD[0]:
			p.say(ctrlD)
			p.finish()
		default:
			p.pasted(c)
		}
	}
}

func (p *peer) pasted(c byte) {
	p.line = append(p.line, c)
	if p.window--; p.window == 0 {
		p.window = windowSize
		p.say("\x01")
	}
	if len(p.line) == p.stopAt {
		p.state = stopped
		p.say(ctrlD)
	}
}

func (p *peer) finish() {
	code := string(p.line)
	p.line, p.state = nil, raw
	if p.silent {
		return
	}
	var out, trace string
	if word, ok := strings.CutPrefix(strings.TrimSpace(code), "print('"); ok {
		out = strings.TrimSuffix(word, "')") + "\n"
	} else {
		p.ran = append(p.ran, code)
		out, trace = p.run(code)
	}
	p.say(strings.ReplaceAll(out, "\n", "\r\n") + ctrlD + strings.ReplaceAll(trace, "\n", "\r\n") + ctrlD + ">")
}
