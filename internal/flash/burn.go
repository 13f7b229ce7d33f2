package flash

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"gateway/internal/fault"
	"gateway/internal/flash/image"
	"gateway/internal/flash/repl"
	"gateway/internal/flash/rom"
)

const (
	sector = 4096
	// fileSystemBefore is where the file system of every MicroPython for this chip has begun, in bytes of flash.
	fileSystemBefore = 0x110000
	smallestFlash    = 1 << 20
)

// erase takes away what would disturb. A file system that something else has left where MicroPython looks for its own makes it
// refuse to start: so its beginning always goes.
func (r *run) erase(ctx context.Context, l *rom.Loader) error {
	off, end := sectors(len(r.Image)), fileSystemBefore
	size := l.Chip().FlashSize
	if r.Kind == Erase {
		off, end = 0, max(size, smallestFlash)
	}
	if size > 0 {
		end = min(end, size)
	}
	if off >= end {
		return nil
	}
	r.t.begin(Erasing, int64(end-off))
	r.t.say(FromGateway, fmt.Sprintf("erasing %d KiB from %#x", (end-off)>>10, off))
	return l.Erase(ctx, off, end-off, r.t.moved)
}

func sectors(n int) int { return (n + sector - 1) / sector * sector }

func (r *run) write(ctx context.Context, l *rom.Loader) error {
	r.t.begin(Write, int64(len(r.Image)))
	began := time.Now()
	progress := func(done, total int64) {
		if done == 0 { // erasing is over, for the first time or anew at another speed: from here on the line counts
			began = time.Now()
			r.t.released() // if the lower speed took somebody's hands
		}
		r.t.moved(done, total)
	}
	if err := l.Write(ctx, 0, image.ForFlash(r.Image, l.Chip().FlashSize), progress); err != nil {
		return err
	}
	took := time.Since(began).Seconds()
	line := float64(l.Baud()) / 10
	rate := float64(len(r.Image)) / max(took, 0.001)
	r.t.found(l.Chip(), l.Baud())
	r.t.say(FromGateway, fmt.Sprintf("wrote %d bytes in %.1f s: %.0f bytes/s, %.0f %% of the line", len(r.Image), took, rate, 100*rate/line))
	return nil
}

// verify starts MicroPython and has it check itself: the loader cannot read flash back.
func (r *run) verify(ctx context.Context, l *rom.Loader, known image.Image) (err error) {
	r.t.begin(Verify, 0)
	if err := l.Boot(ctx); err != nil {
		return err
	}
	if err := r.wake(ctx); err != nil {
		return err
	}
	info, err := r.repl.Info(ctx)
	if err != nil {
		return err
	}
	good, err := r.repl.CheckFirmware(ctx)
	switch {
	case err != nil:
		return err
	case !good:
		return fault.New(fault.Unavailable, "the flash of this board does not keep what is written to it: try a lower baud rate, or another board")
	case info.Version != known.Version && known.Version != "":
		r.t.say(FromGateway, fmt.Sprintf("the image said %s, the board says %s", known.Version, info.Version))
	}
	r.t.say(FromGateway, fmt.Sprintf("MicroPython %s on %s runs and is whole", info.Version, info.Machine))
	return nil
}

// wake enters the REPL of a board that was just started. One whose reset line goes nowhere stays in its loader until somebody
// presses RESET.
func (r *run) wake(ctx context.Context) error {
	heard := r.firstStart(ctx, startWithin)
	err := r.knock(ctx, heard)
	if !errors.Is(err, repl.ErrNoREPL) || r.Hands < 0 {
		return err
	}
	r.t.press()
	r.firstStart(ctx, r.Hands)
	err = r.knock(ctx, true)
	r.t.released()
	return err
}

const (
	startWithin = 12 * time.Second // MicroPython shows its prompt, its file system made
	soundWithin = 4 * time.Second  // it says anything at all
)

// knock enters the REPL; on a board that has not said a word it does not try for long.
func (r *run) knock(ctx context.Context, heard bool) (err error) {
	short, cancel := ctx, func() {}
	if !heard {
		short, cancel = context.WithTimeout(ctx, soundWithin)
	}
	defer cancel()
	r.repl, err = repl.Enter(short, r.wire)
	if err != nil && ctx.Err() == nil && short.Err() != nil {
		return fault.New(fault.Timeout, "%w after it was flashed: press RESET and try again", repl.ErrNoREPL)
	}
	return err
}

// firstStart lets MicroPython make its file system in peace: an interrupt in the middle would leave half of one. It shows its
// prompt when it is done. It reports whether the board has said anything.
func (r *run) firstStart(ctx context.Context, within time.Duration) bool {
	whole, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	first, cancel := context.WithTimeout(whole, max(soundWithin, within-startWithin))
	defer cancel()
	seen := ""
	buf := make([]byte, 512)
	n, err := r.wire.Read(first, buf)
	for err == nil {
		if seen += string(buf[:n]); strings.Contains(seen, ">>> ") {
			return true
		}
		seen = seen[max(0, len(seen)-8192):]
		n, err = r.wire.Read(whole, buf)
	}
	return seen != "" // whatever it is, entering the REPL shows it
}

// Prepare is Python that is run on a board before its files are written: what an older firmware has left goes, main.py first, lest it
// takes part. A board without a file system gets one, and the open access point that MicroPython begins with is shut.
const Prepare = `
import os
def gone(p):
    try:
        for n in os.listdir(p):
            gone(p + '/' + n)
        os.rmdir(p)
    except OSError:
        try:
            os.remove(p)
        except OSError:
            pass
try:
    with open('/main.new', 'w') as f:
        f.write('0')
except OSError:
    from flashbdev import bdev
    os.VfsLfs2.mkfs(bdev)
    os.mount(os.VfsLfs2(bdev), '/')
for p in ('/main.py', '/main.new', '/cfg.json', '/slot.json', '/slot.new', '/shadow.json', '/crash.txt', '/crash.json', '/a', '/b'):
    gone(p)
try:
    import network
    network.WLAN(network.AP_IF).active(False)
except Exception:
    pass
`

// push writes the files; main.py is the last, so that a board on which this breaks off stays in its REPL.
func (r *run) push(ctx context.Context) error {
	total := r.kit.size()
	r.t.begin(Push, total)
	if _, err := r.repl.Exec(ctx, Prepare); err != nil {
		return refine(err)
	}
	var past int64
	for _, f := range r.kit.Files {
		err := r.repl.Put(ctx, f.Path, f.Data, func(done, _ int64) { r.t.moved(past+done, total) })
		if err != nil {
			return fmt.Errorf("%s: %w", f.Path, refine(err))
		}
		past += int64(len(f.Data))
		r.t.moved(past, total)
	}
	r.t.say(FromGateway, fmt.Sprintf("%d files, %d bytes, each read back", len(r.kit.Files), total))
	return nil
}

// refine makes a sentence of an exception on the board.
func refine(err error) error {
	var e *repl.PythonError
	if errors.As(err, &e) {
		lines := strings.Split(strings.TrimSpace(e.Trace), "\n")
		return fault.New(fault.Unavailable, "the board could not store it (%s): erase it and start over: %w", strings.TrimSpace(lines[len(lines)-1]), err)
	}
	return err
}

func (r *run) restart(ctx context.Context) error {
	r.t.begin(Restart, 0)
	return r.repl.Reset(ctx)
}
