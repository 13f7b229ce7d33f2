// Package repl talks to the MicroPython on a board through its raw REPL: it interrupts what runs, runs code and reads what that
// prints, and puts files there whole or not at all. Code goes by raw paste, whose windows keep the board's small buffer from
// overflowing, or plainly where the firmware is too old for that.
package repl

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Port is the line to the board; [gateway/internal/flash/port.Port] is one.
type Port interface {
	Read(ctx context.Context, b []byte) (int, error) // at least one byte, or ctx's error
	Write(ctx context.Context, b []byte) error
}

// Errors of a board that does not do as it should. They come with a sentence.
var (
	ErrNoREPL = errors.New("MicroPython does not answer")
	errTooBig = errors.New("the board sends without end")
)

// PythonError is code that ended with an exception on the board.
type PythonError struct{ Trace string }

func (e *PythonError) Error() string {
	lines := strings.Split(strings.TrimSpace(e.Trace), "\n")
	return "on the board: " + strings.TrimSpace(lines[len(lines)-1])
}

// REPL is a board in its raw REPL. It is for one goroutine, and does not close the port.
type REPL struct {
	port     Port
	in       []byte // read and not used
	plain    bool   // the firmware knows no raw paste
	equipped bool   // the board has the tools to put files with
}

// maxPending bounds what is kept of a board's output while something else is waited for.
const maxPending = 256 << 10

// execTime is how long code may run when the context has no deadline.
const execTime = 30 * time.Second

// fill reads more.
func (r *REPL) fill(ctx context.Context) error {
	if len(r.in) > maxPending {
		return errTooBig
	}
	var buf [1024]byte
	n, err := r.port.Read(ctx, buf[:])
	r.in = append(r.in, buf[:n]...)
	return err
}

// until returns what comes before end, and takes both.
func (r *REPL) until(ctx context.Context, end string) (string, error) {
	for {
		if before, after, ok := bytes.Cut(r.in, []byte(end)); ok {
			r.in = after
			return string(before), nil
		}
		if err := r.fill(ctx); err != nil {
			return "", err
		}
	}
}

// write sends text.
func (r *REPL) write(ctx context.Context, text string) error { return r.port.Write(ctx, []byte(text)) }

// said is the end of what a board sent, for an error's sentence.
func (r *REPL) said() string {
	s := bytes.TrimSpace(r.in)
	if len(s) == 0 {
		return "it says nothing"
	}
	return fmt.Sprintf("it says %q", s[max(0, len(s)-120):])
}
