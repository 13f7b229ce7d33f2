package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"gateway/pkg/socketio/internal/siotest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestRun(t *testing.T) {
	for _, mode := range []string{"socketio", "engineio"} {
		ctx, cancel := context.WithCancel(t.Context())
		r, w := io.Pipe()
		done := make(chan error, 1)
		go func() { done <- run(ctx, []string{"-addr", "127.0.0.1:0", "-mode", mode}, w) }()
		line, err := bufio.NewReader(r).ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		base := "http://" + strings.TrimSpace(strings.TrimPrefix(line, "ready "))
		path := map[string]string{"socketio": "/socket.io/", "engineio": "/engine.io/"}[mode]
		siotest.OpenPolling(t, base+path)
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if err := run(t.Context(), []string{"-mode", "x"}, io.Discard); err == nil {
		t.Error("unknown mode accepted")
	}
}

func TestStats(t *testing.T) {
	c, _ := parse(nil)
	h, stats, stop := socketServer(c.o)
	_ = h
	defer stop(t.Context())
	w := &recorder{}
	r, _ := http.NewRequest(http.MethodGet, "/stats", nil)
	stats(w, r)
	var got map[string]uint64
	if err := json.Unmarshal([]byte(w.String()), &got); err != nil {
		t.Fatal(err)
	}
	if got["goroutines"] == 0 || got["heap"] == 0 || len(got) != 4 {
		t.Errorf("%v", got)
	}
}

type recorder struct{ strings.Builder }

func (*recorder) Header() http.Header { return http.Header{} }
func (*recorder) WriteHeader(int)     {}
