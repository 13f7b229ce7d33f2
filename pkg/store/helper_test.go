package store

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"testing"
	"time"
)

// slow are intervals at which nothing happens during a test by itself.
func slow() Options {
	return Options{FlushInterval: time.Hour, CheckpointInterval: time.Hour, Logger: slog.New(slog.DiscardHandler)}
}

// fastDir is a temporary directory in memory where there is one: for tests that
// sync thousands of times, and simulate the crash that would tell the difference.
func fastDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp(fastDirRoot(), "store-test-")
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// fastDirRoot is where those are made; empty means the usual place.
func fastDirRoot() string {
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		return "/dev/shm"
	}
	return ""
}

// open opens dir; at the end of the test it closes the store.
func open(t testing.TB, dir string, o Options) *Store {
	t.Helper()
	s, err := Open(dir, o)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	t.Cleanup(func() { closeStore(t, s) })
	return s
}

func closeStore(t testing.TB, s *Store) {
	t.Helper()
	if err := s.Check(); err != nil && !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
}

// reopen closes s and opens what it left.
func reopen(t testing.TB, s *Store) *Store {
	t.Helper()
	closeStore(t, s)
	return open(t, s.dir, s.opt)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func value(topic, payload string, seq uint64) Value {
	return Value{Topic: topic, Payload: []byte(payload), Seq: seq, At: time.Unix(1_700_000_000, int64(seq)), QoS: byte(seq % 3), Retain: seq%2 == 0}
}

func sameValue(a, b Value) bool {
	return a.Topic == b.Topic && bytes.Equal(a.Payload, b.Payload) && a.QoS == b.QoS && a.Retain == b.Retain &&
		a.Seq == b.Seq && a.At.Equal(b.At) && a.ContentType == b.ContentType
}

func wantValue(t testing.TB, s *Store, want Value) {
	t.Helper()
	got, ok := s.Get(want.Topic)
	if !ok || !sameValue(got, want) {
		t.Errorf("Get(%q) = %+v, %v; want %+v", want.Topic, got, ok, want)
	}
}

func wantNone(t testing.TB, s *Store, topic string) {
	t.Helper()
	if got, ok := s.Get(topic); ok {
		t.Errorf("Get(%q) = %+v; want none", topic, got)
	}
}

// matched returns the topics a filter matches.
func matched(s *Store, filter string) string {
	var b bytes.Buffer
	s.Match(filter, func(v Value) bool {
		fmt.Fprintf(&b, " %s", v.Topic)
		return true
	})
	return b.String()
}
