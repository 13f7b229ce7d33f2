package repl

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"gateway/internal/fault"
)

// The characters that steer a REPL.
const (
	ctrlA = "\x01" // raw REPL
	ctrlB = "\x02" // friendly REPL
	ctrlC = "\x03" // interrupt
	ctrlD = "\x04" // run, or restart
	ctrlE = "\x05" // paste
)

// greeting is what the raw REPL begins with.
const greeting = "raw REPL; CTRL-B to exit\r\n>"

// prompt is what the friendly REPL shows when it waits.
const prompt = ">>> "

// enterTime is how long a board may take to be interrupted: one in a crash loop is only listening now and then.
const enterTime = 20 * time.Second

// resetLine is what a port may have besides: the line that resets the board.
type resetLine interface {
	SetDTR(on bool) error
	SetRTS(on bool) error
}

// Enter interrupts whatever the board at p is doing and enters its raw REPL. It tries for 20 s, or until ctx ends: a program that
// catches the interrupt, or a board that restarts again and again, listens for a moment only. Half-way through it resets the board,
// where it can. The error is [ErrNoREPL], the port's or ctx's.
func Enter(ctx context.Context, p Port) (*REPL, error) {
	r := &REPL{port: p}
	start := time.Now()
	for reset := false; time.Since(start) < enterTime; {
		err := r.knock(ctx)
		if err == nil {
			err = r.prove(ctx)
		}
		if err == nil {
			return r, nil
		}
		if ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, errTooBig) {
			return nil, err
		}
		if !reset && time.Since(start) > enterTime/2 {
			reset = true
			press(p)
		}
		r.in = r.in[max(0, len(r.in)-1024):]
	}
	return nil, fault.New(fault.Timeout, "%w: %s; press RESET and try again, or flash MicroPython anew", ErrNoREPL, r.said())
}

// knock interrupts until a prompt shows, for half a second, and asks for the raw REPL then: also without a prompt, for a board that
// is in the raw REPL already shows none.
func (r *REPL) knock(ctx context.Context) error {
	for range 8 {
		if err := r.write(ctx, "\r"+ctrlC+ctrlC); err != nil {
			return err
		}
		err := r.await(ctx, prompt, 60*time.Millisecond)
		if err == nil {
			break
		}
		if !errors.Is(err, context.DeadlineExceeded) || ctx.Err() != nil {
			return err
		}
	}
	if err := r.write(ctx, "\r"+ctrlA); err != nil {
		return err
	}
	return r.await(ctx, greeting, 350*time.Millisecond)
}

// prove has the board print what nobody said before: late answers to earlier knocks are past then, and would be taken for answers to
// what follows otherwise.
func (r *REPL) prove(ctx context.Context) error {
	word := rand.Text()
	if err := r.write(ctx, "print('"+word+"')"+ctrlD); err != nil {
		return err
	}
	return r.await(ctx, word+"\r\n"+ctrlD+ctrlD+">", time.Second)
}

// await is [REPL.until] with a time of its own.
func (r *REPL) await(ctx context.Context, end string, d time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	_, err := r.until(ctx, end)
	return err
}

// press resets the board by its RESET line, if there is one.
func press(p Port) {
	if lines, ok := p.(resetLine); ok && lines.SetDTR(false) == nil && lines.SetRTS(true) == nil {
		time.Sleep(100 * time.Millisecond)
		_ = lines.SetRTS(false)
	}
}
