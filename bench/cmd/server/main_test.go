package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"gateway/bench/internal/memstat"
	"gateway/bench/internal/sio"
)

func TestServerCountsWholePublishEvents(t *testing.T) {
	srv := httptest.NewServer(handler())
	defer srv.Close()
	addr := strings.TrimPrefix(srv.URL, "http://")
	c, err := sio.Dial(t.Context(), 0, sio.Options{Addr: addr, Path: "/socket.io/", Namespace: "/"})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for _, args := range [][]string{{"up/0", "1"}, {"up/0"}, {"", "2"}, {"up/0", "3"}} {
		if err := c.Emit("publish", args...); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Emit("other", "up/0", "4"); err != nil {
		t.Fatal(err)
	}
	c.Emit("publish", "up/0", "5")
	deadline := time.Now().Add(10 * time.Second)
	got := ""
	for got != "3" && time.Now().Before(deadline) {
		got = body(t, srv.URL+"/count")
	}
	if got != "3" {
		t.Errorf("counted %s, want 3", got)
	}
	if m, known, err := memstat.Fetch(t.Context(), addr); err != nil || !known || m.Goroutines < 2 {
		t.Errorf("memory %+v, %v, %v", m, known, err)
	}
}

func body(t *testing.T, url string) string {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
