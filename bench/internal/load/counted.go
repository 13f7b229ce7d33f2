package load

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// counted is loaded for a server that counts what it receives: there is nothing to time and to put in order.
func (s *session) counted(ctx context.Context) (r Result, err error) {
	load, err := s.sender(ctx)
	if err != nil {
		return r, err
	}
	before, err := pace(ctx, load, s.spec.Rate, s.spec.Warmup)
	if err != nil {
		return r, err
	}
	if before, err = s.awaitCount(ctx, before); err != nil {
		return r, err
	}
	w, err := openWindow(s.target.PID)
	if err != nil {
		return r, err
	}
	if r.Expected, err = pace(ctx, load, s.spec.Rate, s.spec.Window); err != nil {
		return r, err
	}
	all, err := s.awaitCount(ctx, before+r.Expected)
	if err != nil {
		return r, err
	}
	r.Delivered = all - before
	r.PerSecond = float64(r.Delivered) / time.Since(w.begin).Seconds()
	s.sink.mu.Lock()
	r.Lost = s.sink.lost
	s.sink.mu.Unlock()
	return r, w.close(&r)
}

// awaitCount returns what the server has counted when that is n or more, or when late events had their time.
func (s *session) awaitCount(ctx context.Context, n int64) (count int64, err error) {
	limit := time.Now().Add(s.spec.Drain)
	for {
		if count, err = fetchCount(ctx, s.target.HTTP); err != nil || count >= n || time.Now().After(limit) {
			return count, err
		}
		pause(ctx, 10*time.Millisecond)
	}
}

// fetchCount asks the server at addr how many events it has counted.
func fetchCount(ctx context.Context, addr string) (int64, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/count", nil)
	if err != nil {
		return 0, err
	}
	req.Close = true
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(string(b), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("count: %w", err)
	}
	return n, nil
}
