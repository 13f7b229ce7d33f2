//go:build linux

package simulator

import "time"

// loop is the chip: one thing after the other.
func (b *Board) loop() {
	defer b.halt()
	for {
		for len(b.late) > 0 {
			f := b.late[0]
			b.late = b.late[1:]
			f()
		}
		if len(b.kept) > 0 {
			r := b.kept[0]
			b.kept = b.kept[1:]
			b.receive(r)
			continue
		}
		select {
		case f := <-b.calls:
			f()
		case r := <-b.line.rx:
			b.receive(r)
		case <-b.ctx.Done():
			return
		}
	}
}

// post has the loop call f.
func (b *Board) post(f func()) {
	select {
	case b.calls <- f:
	case <-b.ctx.Done():
	}
}

// do has the loop call f, and waits until it has.
func (b *Board) do(f func()) {
	done := make(chan struct{})
	b.post(func() { defer close(done); f() })
	select {
	case <-done:
	case <-b.ctx.Done():
	}
}

// How many bytes the chip keeps while it is busy: in its FIFO and the ROM's buffer, or in the two blocks of the loader in RAM.
const (
	ring     = 128 + 256
	stubRing = 2 * (16<<10 + 1<<10)
)

// wait lets the flash take its time. Buttons and cables do not wait for it, and bytes that come are lost when they are too many.
func (b *Board) wait(d time.Duration) {
	if b.options.Fast {
		return
	}
	timer := b.flashing.set(d)
	defer timer.Stop()
	for len(b.late) == 0 {
		select {
		case <-timer.C:
			b.flashing.rang()
			return
		case r := <-b.line.rx:
			b.overrun(r)
		case f := <-b.calls:
			b.late = append(b.late, f)
		case <-b.ctx.Done():
			return
		}
	}
}

// overrun keeps what fits.
func (b *Board) overrun(r received) {
	n := 0
	for _, k := range b.kept {
		n += len(k.data)
	}
	limit := ring
	if b.rom != nil && b.rom.stub != nil {
		limit = stubRing
	}
	if room := limit - n; len(r.data) > room {
		b.journal.say("overrun: %d bytes lost", len(r.data)-room)
		r.data = r.data[:room]
	}
	b.kept = append(b.kept, r)
}

// halt ends whatever runs.
func (b *Board) halt() {
	if b.python != nil {
		b.python.stop()
	}
	b.python, b.rom, b.held, b.kept = nil, nil, 0, nil
	b.line.reset()
}

// load starts the loader in the ROM.
func (b *Board) load() {
	b.halt()
	if !b.powered {
		return
	}
	b.journal.say("loader")
	b.rom = newROM(b.memory, b.options.Faults)
	b.rom.send = func(data []byte) { b.line.send(data, 0) }
	b.rom.wait, b.rom.say = b.wait, b.journal.say
	b.rom.setBaud = b.line.setBaud
}

// boot starts what the flash holds.
func (b *Board) boot(cause int, raw bool) {
	b.halt()
	if !b.powered {
		return
	}
	if cause != causeSoft {
		b.line.send([]byte("\r\n ets Jan  8 2013,rst cause:2, boot mode:(3,6)\r\n\r\n"), 74880)
	}
	if !b.memory.bootable() {
		b.journal.say("boot nothing: the flash holds no image")
		return
	}
	b.journal.say("boot")
	told := b.memory.told()
	if told <= filesStart || told > b.memory.size() {
		b.journal.say("no file system: the image's header says that the flash has %d KiB", told>>10)
		told = 0
	}
	p, err := b.machine.start(cause, raw, told)
	if err != nil {
		b.journal.say("boot failed: %v", err)
		return
	}
	b.python = p
}

// ended boots again when MicroPython went down to do so.
func (b *Board) ended(p *python) {
	if p != b.python {
		return
	}
	b.python = nil
	switch p.code {
	case exitReset:
		b.boot(causeHard, false)
	case exitWatchdog:
		b.boot(causeWatchdog, false)
	case exitSoft, exitSoftRaw:
		b.boot(causeSoft, p.code == exitSoftRaw)
	default:
		b.journal.say("micropython ended with %d", p.code)
	}
}

// syncPacket begins every packet that asks the loader to synchronize.
const syncPacket = "\xC0\x00\x08\x24\x00"

// receive takes bytes from the line.
func (b *Board) receive(r received) {
	if b.rom == nil && !b.options.Faults.Has(Manual) && !r.web {
		r.data = b.called(r.data)
	}
	if b.rom != nil {
		b.toROM(b.line.understood(r, 0))
		return
	}
	if b.python != nil && len(r.data) > 0 {
		b.python.receive(b.line.understood(r, console))
	}
}

// called looks for a SYNC in what comes while the board runs. A pseudo terminal has no lines to reset a board by, so this does:
// the board goes into its loader. It returns what is for the one that runs then.
func (b *Board) called(data []byte) []byte {
	var out []byte
	for i, c := range data {
		if c != syncPacket[b.held] {
			out = append(out, syncPacket[:b.held]...)
			b.held = 0
		}
		if c != syncPacket[b.held] {
			out = append(out, c)
			continue
		}
		if b.held++; b.held == len(syncPacket) {
			b.load()
			return append([]byte(syncPacket), data[i+1:]...)
		}
	}
	return out
}

func (b *Board) toROM(data []byte) {
	for _, c := range data {
		if b.rom == nil {
			return
		}
		b.rom.receive(c)
		if b.rom.boot {
			b.boot(causeHard, false)
		}
	}
}
