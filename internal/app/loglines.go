package app

import (
	"bytes"
	"io"
	"log/slog"
	"slices"
	"sync"
)

// Of the log this much is kept in memory, for the support bundle.
const (
	logLines    = 500
	logLineSize = 1 << 10 // bytes of one
)

// logRing keeps the newest lines of the log.
type logRing struct {
	mu    sync.Mutex
	lines [][]byte
	next  int
}

// Write takes one line, as a slog handler writes it.
func (r *logRing) Write(line []byte) (int, error) {
	kept := bytes.Clone(line[:min(len(line), logLineSize)])
	if len(kept) < len(line) {
		kept[len(kept)-1] = '\n'
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.lines) < logLines {
		r.lines = append(r.lines, kept)
		return len(line), nil
	}
	r.lines[r.next] = kept
	r.next = (r.next + 1) % logLines
	return len(line), nil
}

// writeTo writes the lines, oldest first.
func (r *logRing) writeTo(w io.Writer) error {
	r.mu.Lock()
	lines := slices.Concat(r.lines[r.next:], r.lines[:r.next])
	r.mu.Unlock()
	_, err := w.Write(bytes.Join(lines, nil))
	return err
}

// handler is a handler that writes JSON lines to the ring, of level info and above.
func (r *logRing) handler() slog.Handler { return slog.NewJSONHandler(r, nil) }
