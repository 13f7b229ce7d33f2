package rom

import (
	"bytes"
	"context"
	"encoding/binary"
	"slices"
	"sync"

	"gateway/internal/flash/port"
)

// peer is a board with lines, in memory, for what a pseudo terminal cannot show: how its pins hang at the adapter, at which speed
// the line is good, and bytes that get lost. Its flash is as the chip's: erasing goes too far, writing only clears bits.
type peer struct {
	mu    sync.Mutex
	out   []byte
	ready chan struct{}
	slip  decoder

	wiring   func(dtr, rts bool) (flash, reset bool) // nil has no lines
	dtr, rts bool
	leaving  bool // reset was let go of, and FLASH is about to be looked at
	loader   bool
	runs     int // times that it started from flash
	baud     int // of the host
	locked   int // speed that the loader has found; 0 is none yet
	good     int // the line is good up to this speed; 0 is any

	flash  []byte
	regs   map[uint32]uint32
	id     uint32 // of the flash
	off    int
	begins int
	data   int // FLASH_DATA commands that arrived
	gone   bool
	stray  []byte                      // sent before the first answer
	fault  func(op byte, n int) damage // what goes wrong with a command; n counts FLASH_DATA
	held   []byte                      // an answer that comes with the next one
}

type damage int

const (
	fine    damage = iota
	refused        // answered with an error
	lost           // the answer gets lost
	late           // the answer comes after the host has given up
	pulled         // the board is unplugged
)

func newPeer(size int) *peer {
	return &peer{
		ready: make(chan struct{}, 1), flash: bytes.Repeat([]byte{0xA5}, size), wiring: classic, id: 0x1640EF,
		regs: map[uint32]uint32{regChip: esp8266, regMAC0: 0x4A000000, regMAC1: 0x00000B21},
	}
}

func classic(dtr, rts bool) (flash, reset bool) { return dtr && !rts, rts && !dtr }

func (p *peer) Read(ctx context.Context, b []byte) (int, error) {
	for {
		p.mu.Lock()
		n := copy(b, p.out)
		p.out = p.out[n:]
		gone := p.gone
		p.mu.Unlock()
		switch {
		case n > 0:
			return n, nil
		case gone:
			return 0, port.ErrGone
		}
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-p.ready:
		}
	}
}

func (p *peer) Write(_ context.Context, b []byte) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.gone {
		return port.ErrGone
	}
	p.settle()
	if p.good > 0 && p.baud > p.good {
		return nil // what arrives is not what was sent
	}
	if p.loader && p.locked == 0 {
		p.locked = p.baud // by this command, which is lost for it
		return nil
	}
	if !p.loader || p.locked != p.baud {
		return nil
	}
	for _, c := range b {
		if f := p.slip.push(c); f != nil {
			p.handle(slices.Clone(f))
		}
	}
	return nil
}

func (p *peer) SetBaud(baud int) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.baud, p.out = baud, nil
	return nil
}

func (p *peer) SetDTR(on bool) error { return p.line(&p.dtr, on) }

func (p *peer) SetRTS(on bool) error { return p.line(&p.rts, on) }

func (p *peer) line(line *bool, on bool) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.wiring == nil {
		return port.ErrNoLines
	}
	*line = on
	flash, reset := p.wiring(p.dtr, p.rts)
	switch {
	case reset:
		p.loader, p.leaving = false, true
	case p.leaving && flash:
		p.loader, p.locked, p.leaving = true, 0, false
	}
	return nil
}

// settle ends the moment after a reset in which FLASH still counts: a capacitor holds EN low for longer than it takes to set the
// second line.
func (p *peer) settle() {
	if p.leaving {
		p.leaving = false
		p.runs++
	}
}

// started is how often the board started from its flash.
func (p *peer) started() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.settle()
	return p.runs
}

// press holds FLASH and presses RESET.
func (p *peer) press() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.loader, p.locked = true, 0
}

func (p *peer) Discard() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.out = nil
	return nil
}

func (p *peer) send(b []byte) {
	p.out = append(p.out, b...)
	select {
	case p.ready <- struct{}{}:
	default:
	}
}

func (p *peer) handle(f []byte) {
	if len(f) < 8 || f[0] != 0 || int(binary.LittleEndian.Uint16(f[2:])) != len(f)-8 {
		return
	}
	op, d := f[1], f[8:]
	if op == opFlashData {
		p.data++
	}
	how := fine
	if p.fault != nil {
		how = p.fault(op, p.data)
	}
	value, code := p.do(op, d, binary.LittleEndian.Uint32(f[4:]), how)
	reply := []byte{1, op, 2, 0}
	reply = append(binary.LittleEndian.AppendUint32(reply, value), min(code, 1), code)
	p.answer(op, frame(reply), how)
}

func (p *peer) answer(op byte, reply []byte, how damage) {
	if op == opSync {
		reply = bytes.Repeat(reply, 8)
	}
	switch how {
	case lost:
	case late:
		p.held = reply
	case pulled:
		p.gone = true
		p.send(nil)
	default:
		p.send(slices.Concat(p.stray, p.held, reply))
		p.stray, p.held = nil, nil
	}
}

func (p *peer) do(op byte, d []byte, sum uint32, how damage) (value uint32, code byte) {
	if how == refused {
		return 0, 7
	}
	arg := func(i int) uint32 { return binary.LittleEndian.Uint32(d[4*i:]) }
	switch op {
	case opSync:
	case opReadReg:
		return p.regs[arg(0)], 0
	case opWriteReg:
		p.regs[arg(0)] = arg(1)
		if arg(0) == spiCmd {
			p.regs[spiCmd], p.regs[spiW0] = 0, p.id
		}
	case opFlashBegin:
		p.begins++
		p.off = int(arg(3))
		p.erase(p.off/sector, int(arg(0)+sector-1)/sector)
	case opFlashData:
		return 0, p.program(p.off+int(arg(1))*packet, d[16:], byte(sum))
	case opFlashEnd:
		p.loader = false
		p.runs++
	default:
		return 0, 5
	}
	return 0, 0
}

// erase is the ROM's routine, which counts the sectors up to the next multiple of 16 twice.
func (p *peer) erase(first, n int) {
	n += min(n, perArea-first%perArea)
	area := p.flash[min(first*sector, len(p.flash)):min((first+n)*sector, len(p.flash))]
	for i := range area {
		area[i] = 0xFF
	}
}

func (p *peer) program(at int, data []byte, sum byte) byte {
	want := byte(0xEF)
	for _, b := range data {
		want ^= b
	}
	if want != sum || len(data) != packet || at+packet > len(p.flash) {
		return 7
	}
	for i, b := range data {
		p.flash[at+i] &= b
	}
	return 0
}
