package socketio

import (
	"context"
	"log"
	"log/slog"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// alarms collects what must never be logged.
type alarms struct {
	mu  sync.Mutex
	all []string
}

func (a *alarms) add(s string) {
	a.mu.Lock()
	a.all = append(a.all, s)
	a.mu.Unlock()
}

// Enabled, Handle, WithAttrs and WithGroup implement [slog.Handler] for errors.
func (a *alarms) Enabled(_ context.Context, l slog.Level) bool { return l >= slog.LevelError }

func (a *alarms) Handle(_ context.Context, r slog.Record) error { a.add(r.Message); return nil }

func (a *alarms) WithAttrs([]slog.Attr) slog.Handler { return a }

func (a *alarms) WithGroup(string) slog.Handler { return a }

// Write takes what net/http logs; only panics matter.
func (a *alarms) Write(b []byte) (int, error) {
	if strings.Contains(string(b), "panic") {
		a.add(string(b))
	}
	return len(b), nil
}

// serveAs is serve on an HTTP server with limits, as a program has them. The
// test fails if anything panics; with a logger of its own, if the HTTP server notes a panic.
func serveAs(t testing.TB, o Options, limit func(*httptest.Server)) (*Server, string) {
	t.Helper()
	a := &alarms{}
	if o.Logger == nil {
		o.Logger = slog.New(a)
	}
	s := NewServer(o)
	h := httptest.NewUnstartedServer(s)
	h.Config.ErrorLog = log.New(a, "", 0)
	h.Config.ReadHeaderTimeout, h.Config.IdleTimeout, h.Config.MaxHeaderBytes = 10*time.Second, 60*time.Second, 16<<10
	if limit != nil {
		limit(h)
	}
	h.Start()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := s.Close(ctx); err != nil && err != ErrServerClosed {
			t.Errorf("close: %v", err)
		}
		h.CloseClientConnections()
		h.Close()
		a.mu.Lock()
		defer a.mu.Unlock()
		for _, m := range a.all {
			t.Errorf("logged: %.2000s", m)
		}
	})
	return s, h.URL
}

// heap returns the bytes in use after everything dead has been collected.
func heap() int64 {
	var m runtime.MemStats
	for range 3 { // pools give their memory back in two collections
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// inParallel calls fn for 0 to n-1, at most width at once, and waits.
func inParallel(n, width int, fn func(i int)) {
	var wg sync.WaitGroup
	slots := make(chan struct{}, width)
	for i := range n {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			fn(i)
		})
	}
	wg.Wait()
}
