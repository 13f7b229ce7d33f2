package rom

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"gateway/internal/fault"
)

// tries is how often one packet is sent before the line counts as too bad for its speed.
const tries = 4

// packetWait is how long the ROM may take to write a packet, once it has it.
const packetWait = 2 * time.Second

// Write erases and writes img at off, which must be a multiple of 4096 bytes. progress, if not nil, hears of every packet, in bytes
// of img, and once before the first: the time until then went into erasing. A packet that fails is sent again; when that does not
// help, everything is written again at the next lower speed. When ctx ends it stops between two packets, and the loader takes
// commands still; the flash is half written then.
func (l *Loader) Write(ctx context.Context, off int, img []byte, progress func(done, total int64)) error {
	if err := l.inFlash(off, len(img)); err != nil {
		return err
	}
	if progress == nil {
		progress = func(int64, int64) {}
	}
	for {
		err := l.writeAll(ctx, off, img, progress)
		if err == nil || !lineTrouble(err) {
			return err
		}
		l.log.Info("writing failed; starting again at a lower speed", "baud", l.Baud(), "cause", err)
		if l.speed+1 >= len(l.opts.Bauds) {
			return gaveUp(err, l.Baud())
		}
		if err := l.slower(ctx); err != nil {
			return fmt.Errorf("go on at %d baud: %w", l.Baud(), err)
		}
	}
}

// Erase erases size bytes from off, both multiples of 4096. progress, if not nil, hears of it in bytes. It stops between two pieces
// of 1 MiB when ctx ends.
func (l *Loader) Erase(ctx context.Context, off, size int, progress func(done, total int64)) error {
	if err := l.inFlash(off, size); err != nil {
		return err
	}
	for _, r := range regions(off, size) {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := l.begin(ctx, r.off, r.size, 0); err != nil {
			return fmt.Errorf("erase at %#x: %w", r.off, err)
		}
		if progress != nil {
			progress(int64(r.off+r.size-off), int64(size))
		}
	}
	return nil
}

// inFlash refuses what the flash has no room for, before anything is erased.
func (l *Loader) inFlash(off, size int) error {
	if off < 0 || off%sector != 0 {
		return fault.New(fault.Invalid, "flash is written from multiples of %d bytes on; %#x is none", sector, off)
	}
	if have := l.chip.FlashSize; have > 0 && off+size > have {
		return fault.New(fault.TooLarge, "this board has %d KiB of flash; %d KiB at %#x do not fit", have/1024, (size+1023)/1024, off)
	}
	return nil
}

func (l *Loader) writeAll(ctx context.Context, off int, img []byte, progress func(done, total int64)) error {
	for _, r := range regions(off, len(img)) {
		data := img[r.off-off:][:r.size]
		report := func(done int) { progress(int64(r.off-off+done), int64(len(img))) }
		if err := l.writeRegion(ctx, r, data, report); err != nil {
			return err
		}
	}
	return nil
}

func (l *Loader) writeRegion(ctx context.Context, r region, data []byte, report func(done int)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := l.begin(ctx, r.off, r.size, (r.size+packet-1)/packet); err != nil {
		return fmt.Errorf("erase at %#x: %w", r.off, err)
	}
	report(0)
	for seq := 0; seq*packet < len(data); seq++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		end := min((seq+1)*packet, len(data))
		if err := l.writePacket(ctx, seq, data[seq*packet:end]); err != nil {
			return fmt.Errorf("write at %#x: %w", r.off+seq*packet, err)
		}
		report(end)
	}
	return nil
}

// begin erases size bytes from off and says how many packets follow. The ROM answers when all is erased.
func (l *Loader) begin(ctx context.Context, off, size, packets int) error {
	sectors := (size + sector - 1) / sector
	wait := 3*time.Second + time.Duration(sectors)*200*time.Millisecond
	_, err := l.command(ctx, opFlashBegin, words(uint32(eraseSize(off, size)), uint32(packets), packet, uint32(off)), 0, wait)
	return err
}

// writePacket sends one packet until the ROM has taken it. Writing the same twice does no harm: flash bits are only cleared.
func (l *Loader) writePacket(ctx context.Context, seq int, data []byte) error {
	if short := packet - len(data); short > 0 {
		data = append(bytes.Clone(data), bytes.Repeat([]byte{0xFF}, short)...)
	}
	sum := byte(0xEF)
	for _, b := range data {
		sum ^= b
	}
	message := append(words(packet, uint32(seq), 0, 0), data...)
	var err error
	for range tries {
		if _, err = l.command(ctx, opFlashData, message, sum, packetWait); err == nil || !lineTrouble(err) {
			return err
		}
		l.log.Debug("packet failed", "seq", seq, "cause", err)
		if errors.Is(err, errSilence) {
			if err := l.flush(ctx); err != nil {
				return err
			}
		}
	}
	return err
}

// flush waits for the answer to something else: one that comes late must not count for the next packet.
func (l *Loader) flush(ctx context.Context) error {
	var err error
	for range tries {
		if _, err = l.readReg(ctx, regChip); !errors.Is(err, errSilence) {
			return err
		}
	}
	return err
}

// gaveUp is the sentence for a write that failed at the lowest speed.
func gaveUp(err error, baud int) error {
	if errors.Is(err, errSilence) {
		return fault.New(fault.Timeout, "the board fell silent while it was written (%w), at %d baud, too: try another cable or another port of the computer", err, baud)
	}
	return fault.New(fault.Unavailable, "the board could not write its flash (%w), at %d baud, too: try another cable; if that does not help, its flash is worn out", err, baud)
}

// lineTrouble tells that trying again may help.
func lineTrouble(err error) bool {
	var no *refusal
	return errors.Is(err, errSilence) || errors.As(err, &no)
}

// slower goes on at the next lower speed. The loader keeps to a speed once it has found it, so that takes a reset.
func (l *Loader) slower(ctx context.Context) error {
	l.speed++
	if err := l.port.SetBaud(l.Baud()); err != nil {
		return err
	}
	again := l.listen
	if l.how != nil {
		again = l.resetAndListen
	}
	err := again(ctx)
	if errors.Is(err, errSilence) {
		l.opts.Bauds, l.speed = l.opts.Bauds[l.speed:], 0
		err = l.byHand(ctx)
	}
	if err != nil {
		return err
	}
	return l.begin(ctx, 0, 0, 0)
}
