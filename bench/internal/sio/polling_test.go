package sio

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

// pollingServer answers GET requests with answers, one after the other, and then not at all; bodies gets what is posted.
func pollingServer(t *testing.T, answers ...string) (o Options, bodies chan string) {
	t.Helper()
	bodies = make(chan string, 10)
	next := make(chan string, len(answers))
	for _, a := range answers {
		next <- a
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			b, _ := io.ReadAll(r.Body)
			bodies <- string(b)
			io.WriteString(w, "ok")
			return
		}
		select {
		case a := <-next:
			io.WriteString(w, a)
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(srv.Close)
	return Options{Addr: strings.TrimPrefix(srv.URL, "http://"), Path: "/socket.io/", Namespace: "/bench"}, bodies
}

func TestPollingReceivesEventsAndAnswersHeartbeats(t *testing.T) {
	o, bodies := pollingServer(t, `0{"sid":"a"}`, "6", `40/bench,{"sid":"b"}`+"\x1e"+`42/bench,["e",1]`,
		`42/bench,["e",2]`+"\x1e2\x1e"+`42/bench,["e",3]`, "1")
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	p, err := DialPolling(ctx, 7, o)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	var got []string
	err = p.Run(ctx, func(id int, b []byte, _ time.Time) {
		if id != 7 {
			t.Errorf("event for client %d, want 7", id)
		}
		got = append(got, string(b))
	})
	if err == nil || ctx.Err() != nil {
		t.Errorf("Run = %v, want that the server closed", err)
	}
	if want := []string{`42/bench,["e",1]`, `42/bench,["e",2]`, `42/bench,["e",3]`}; !slices.Equal(got, want) {
		t.Errorf("events %q, want %q", got, want)
	}
	for _, want := range []string{"40/bench,", "3"} {
		if b := <-bodies; b != want {
			t.Errorf("posted %q, want %q", b, want)
		}
	}
}

func TestPollingEndsWithTheContext(t *testing.T) {
	o, _ := pollingServer(t, `0{"sid":"a"}`, "40/bench,{}")
	p, err := DialPolling(t.Context(), 0, o)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- p.Run(ctx, func(int, []byte, time.Time) {}) }()
	cancel()
	if err := <-done; err == nil {
		t.Error("no error")
	}
}

func TestDialPollingTellsWhyItFailed(t *testing.T) {
	for want, answers := range map[string][]string{
		"no session id": {"0{}"},
		"denied":        {`0{"sid":"a"}`, `44/bench,{"message":"denied"}`},
	} {
		o, _ := pollingServer(t, answers...)
		if _, err := DialPolling(t.Context(), 0, o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("err = %v, want %q", err, want)
		}
	}
}
