package rom

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"time"

	"gateway/internal/fault"
	"gateway/internal/flash/port"
)

// Connect brings the board at p into its loader and finds out what it is. It tries each wiring of the reset lines at each speed, then
// asks for help by hand. Errors: [NotESP8266], [ErrNoSync], those of the port, or ctx's.
func Connect(ctx context.Context, p Port, opts Options) (*Loader, error) {
	l := &Loader{port: p, opts: opts, log: opts.Log}
	if len(l.opts.Bauds) == 0 {
		l.opts.Bauds = []int{460800, 230400, 115200}
	}
	if l.opts.Patience == 0 {
		l.opts.Patience = 2 * time.Minute
	}
	if l.log == nil {
		l.log = slog.New(slog.DiscardHandler)
	}
	err := l.reach(ctx)
	if err == nil {
		err = l.identify(ctx)
	}
	if err != nil {
		return nil, l.leave(ctx, err)
	}
	return l, nil
}

// leave lets the board run what it has, where its lines allow it, and makes a sentence of why.
func (l *Loader) leave(ctx context.Context, err error) error {
	if l.how != nil && ctx.Err() == nil {
		_ = l.how.run(ctx, l.port)
	}
	var no *refusal
	switch {
	case errors.Is(err, errSilence):
		return noSync()
	case errors.As(err, &no):
		return &NotESP8266{Chip: "unknown chip that keeps its registers to itself"}
	default:
		return err
	}
}

// reach ends when the loader answers.
func (l *Loader) reach(ctx context.Context) error {
	err := l.byLines(ctx)
	if errors.Is(err, port.ErrNoLines) {
		l.how = nil
		err = l.atAnySpeed(ctx, l.listen)
	}
	if errors.Is(err, errSilence) {
		err = l.byHand(ctx)
	}
	return err
}

// byLines tries every wiring at every speed.
func (l *Loader) byLines(ctx context.Context) error {
	err := errSilence
	for _, w := range wirings() {
		l.how = &w
		if err = l.atAnySpeed(ctx, l.resetAndListen); !errors.Is(err, errSilence) {
			return err
		}
	}
	l.how = nil
	return err
}

// atAnySpeed tries f at each speed until it ends with anything but silence.
func (l *Loader) atAnySpeed(ctx context.Context, f func(context.Context) error) error {
	err := errSilence
	for l.speed = range l.opts.Bauds {
		if err = l.port.SetBaud(l.Baud()); err != nil {
			return err
		}
		if err = f(ctx); !errors.Is(err, errSilence) {
			return err
		}
		l.log.Debug("no answer", "baud", l.Baud())
	}
	return err
}

// byHand asks for the buttons to be pressed, and listens until somebody has.
func (l *Loader) byHand(ctx context.Context) error {
	if l.opts.Manual == nil {
		return noSync()
	}
	l.opts.Manual()
	for end := time.Now().Add(l.opts.Patience); time.Now().Before(end); {
		if err := l.atAnySpeed(ctx, l.listenLong); !errors.Is(err, errSilence) {
			return err
		}
	}
	return noSync()
}

func noSync() error {
	return fault.New(fault.Timeout, "%w: hold FLASH, press RESET and let go of FLASH a second later; if that does not help, choose 115200 baud and try another cable, for some only charge", ErrNoSync)
}

func (l *Loader) resetAndListen(ctx context.Context) error {
	if err := l.how.intoLoader(ctx, l.port); err != nil {
		return err
	}
	return l.listen(ctx)
}

func (l *Loader) listen(ctx context.Context) error { return l.sync(ctx, 6) }

func (l *Loader) listenLong(ctx context.Context) error { return l.sync(ctx, 15) }

// syncWait is how long the ROM may take to answer one SYNC.
const syncWait = 100 * time.Millisecond

// sync sends SYNC until the loader answers, at most so many times. The first may be lost: the loader finds the speed by it.
func (l *Loader) sync(ctx context.Context, times int) error {
	data := append([]byte{0x07, 0x07, 0x12, 0x20}, bytes.Repeat([]byte{0x55}, 32)...)
	if err := l.forget(); err != nil {
		return err
	}
	for range times {
		if err := ctx.Err(); err != nil {
			return err
		}
		_, err := l.command(ctx, opSync, data, 0, syncWait)
		if err == nil {
			_, err = l.readReg(ctx, regChip) // an answer to something else proves that the line is clean
		}
		if !errors.Is(err, errSilence) {
			return err
		}
	}
	return errSilence
}

// forget drops all that arrived.
func (l *Loader) forget() error {
	l.slip, l.in = decoder{}, nil
	return l.port.Discard()
}
