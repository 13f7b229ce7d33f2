package port

import (
	"context"
	"os"
	"slices"
	"time"
)

// Read waits for at least one byte, and returns what there is. It ends with ctx's error when ctx does: give it a deadline to read
// with a timeout. After the board was unplugged the error is [ErrGone].
func (p *Port) Read(ctx context.Context, b []byte) (int, error) {
	p.read.Lock()
	defer p.read.Unlock()
	for {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		if p.closed.Load() {
			return 0, os.ErrClosed
		}
		if err := p.line.SetReadTimeout(wait(ctx)); err != nil {
			return 0, p.explain("read", err)
		}
		if n, err := p.line.Read(b); n > 0 || err != nil {
			return n, p.explain("read", err)
		}
	}
}

// wait is how long one read may block: a slice, or less when ctx ends sooner.
func wait(ctx context.Context) time.Duration {
	d := slice
	if end, ok := ctx.Deadline(); ok {
		d = min(d, time.Until(end))
	}
	return max(d, 0)
}

// Write hands all of b to the line. It returns once the system has taken it, which may be before it was sent. ctx bounds it, for a
// line that takes nothing any more would block for ever.
func (p *Port) Write(ctx context.Context, b []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if p.closed.Load() {
		return os.ErrClosed
	}
	select {
	case p.write <- struct{}{}: // a write that a context gave up may still hold the line
	case <-ctx.Done():
		return ctx.Err()
	}
	done := make(chan error, 1)
	go func(b []byte) {
		done <- p.writeAll(ctx, b)
		<-p.write
	}(slices.Clone(b))
	select {
	case err := <-done:
		return p.explain("write", err)
	case <-ctx.Done():
		_ = p.line.ResetOutputBuffer() // wakes the write
		return ctx.Err()
	}
}

// writeAll writes, by pieces, until ctx ends: what was left of b then must not come before something newer.
func (p *Port) writeAll(ctx context.Context, b []byte) error {
	for len(b) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := p.line.Write(b[:min(len(b), 1024)])
		if err != nil {
			return err
		}
		b = b[n:]
	}
	return nil
}
