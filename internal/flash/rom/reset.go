package rom

import (
	"context"
	"time"
)

// wiring is how an adapter's lines hang at a board's pins.
type wiring struct {
	name string
	set  func(p Port, flash, reset bool) error // presses or lets go of the two buttons
}

// wirings are those that are known, the common one first.
func wirings() []wiring {
	return []wiring{
		{"DTR at FLASH, RTS at RESET", func(p Port, flash, reset bool) error { return setLines(p, flash, reset) }},
		{"RTS at FLASH, DTR at RESET", func(p Port, flash, reset bool) error { return setLines(p, reset, flash) }},
		{"DTR at FLASH, RTS at RESET, inverted", func(p Port, flash, reset bool) error { return setLines(p, !flash, !reset) }},
	}
}

func setLines(p Port, dtr, rts bool) error {
	if err := p.SetDTR(dtr); err != nil {
		return err
	}
	return p.SetRTS(rts)
}

// How long the pins are held. A capacitor at EN delays the end of a reset on many boards.
const (
	holdReset = 100 * time.Millisecond
	holdFlash = 80 * time.Millisecond
)

// intoLoader resets the board with FLASH held.
func (w *wiring) intoLoader(ctx context.Context, p Port) error {
	return w.steps(ctx, p, step{reset: true, hold: holdReset}, step{flash: true, hold: holdFlash}, step{})
}

// run resets the board with FLASH not held: it starts what its flash holds.
func (w *wiring) run(ctx context.Context, p Port) error {
	return w.steps(ctx, p, step{reset: true, hold: holdReset}, step{})
}

type step struct {
	flash, reset bool
	hold         time.Duration
}

func (w *wiring) steps(ctx context.Context, p Port, all ...step) error {
	for _, s := range all {
		if err := w.set(p, s.flash, s.reset); err != nil {
			return err
		}
		if err := pause(ctx, s.hold); err != nil {
			return err
		}
	}
	return nil
}

// pause waits for d, or less when ctx ends.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
