package repl

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Exec runs code on the board and returns what it printed. Code that ends with an exception gives a [PythonError] besides. Without a
// deadline in ctx the code has 30 s. After any other error the board has to be entered anew.
func (r *REPL) Exec(ctx context.Context, code string) (string, error) {
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, execTime)
		defer cancel()
	}
	if err := r.send(ctx, code); err != nil {
		return "", fmt.Errorf("send code to the board: %w", err)
	}
	out, err := r.until(ctx, ctrlD)
	if err != nil {
		return "", fmt.Errorf("wait for the code on the board: %w", err)
	}
	trace, err := r.until(ctx, ctrlD+">")
	if err != nil {
		return out, fmt.Errorf("wait for the code on the board: %w", err)
	}
	if trace = strings.TrimSpace(trace); trace != "" {
		return out, &PythonError{Trace: trace}
	}
	return out, nil
}

// send brings code to the board, which runs it then.
func (r *REPL) send(ctx context.Context, code string) error {
	if !r.plain {
		window, err := r.offerPaste(ctx)
		if err != nil {
			return err
		}
		if window > 0 {
			return r.paste(ctx, []byte(code), window)
		}
		r.plain = true
	}
	return r.sendPlain(ctx, code)
}

// sendPlain sends slowly enough for a board that reads its line into a buffer of 256 bytes.
func (r *REPL) sendPlain(ctx context.Context, code string) error {
	for part := range bytesOf(code, 128) {
		if err := r.port.Write(ctx, part); err != nil {
			return err
		}
		if err := pause(ctx, 15*time.Millisecond); err != nil { // 128 bytes take 11 ms at 115200 baud
			return err
		}
	}
	if err := r.write(ctx, ctrlD); err != nil {
		return err
	}
	_, err := r.until(ctx, "OK")
	return err
}

// bytesOf cuts text into parts of n bytes at most.
func bytesOf(text string, n int) func(func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for len(text) > 0 {
			part := text[:min(n, len(text))]
			text = text[len(part):]
			if !yield([]byte(part)) {
				return
			}
		}
	}
}

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

// errOldPaste is the greeting in place of an answer: this firmware does not know raw paste.
var errOldPaste = errors.New("no raw paste")

// offerPaste asks for raw paste. The window is how many bytes the board takes at a time; 0 is a board that has no raw paste.
func (r *REPL) offerPaste(ctx context.Context) (window int, err error) {
	r.in = nil
	if err := r.write(ctx, ctrlE+"A"+ctrlA); err != nil {
		return 0, err
	}
	for {
		window, rest, err := pasteAnswer(r.in)
		if errors.Is(err, errOldPaste) {
			r.in = rest
			return 0, nil
		}
		if window > 0 {
			r.in = rest
			return window, nil
		}
		if err := r.fill(ctx); err != nil {
			return 0, err
		}
	}
}

// pasteAnswer looks for the answer to the offer in what the board sent. A window of 0 without an error means that it is not whole yet.
func pasteAnswer(in []byte) (window int, rest []byte, err error) {
	if _, after, ok := bytes.Cut(in, []byte("R\x01")); ok {
		if len(after) < 2 {
			return 0, in, nil
		}
		if window = int(after[0]) | int(after[1])<<8; window > 0 {
			return window, after[2:], nil
		}
	}
	for _, no := range []string{"R\x00", greeting} {
		if _, after, ok := bytes.Cut(in, []byte(no)); ok {
			return 0, after, errOldPaste
		}
	}
	return 0, in, nil
}

// paste sends code as windows become free. The board says 0x01 for each that did, and 0x04 when it wants no more.
func (r *REPL) paste(ctx context.Context, code []byte, window int) error {
	free := window
	for len(code) > 0 {
		more, stop := r.windows()
		if stop {
			return r.write(ctx, ctrlD) // what is wrong comes as the code's error
		}
		if free += more * window; free == 0 {
			if err := r.fill(ctx); err != nil {
				return err
			}
			continue
		}
		n := min(free, len(code))
		if err := r.port.Write(ctx, code[:n]); err != nil {
			return err
		}
		code, free = code[n:], free-n
	}
	if err := r.write(ctx, ctrlD); err != nil {
		return err
	}
	_, err := r.until(ctx, ctrlD)
	return err
}

// windows takes what the board says during a paste: how many windows became free, and whether it wants no more.
func (r *REPL) windows() (free int, stop bool) {
	for len(r.in) > 0 {
		b := r.in[0]
		r.in = r.in[1:]
		switch b {
		case 0x01:
			free++
		case 0x04:
			return free, true
		}
	}
	return free, false
}
