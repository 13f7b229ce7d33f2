package store

import (
	"errors"
	"fmt"
	"os"
	"testing"
)

// TestNamesSurviveAFailedWrite fails a write that named topics, and wants later ones not to count on it.
func TestNamesSurviveAFailedWrite(t *testing.T) {
	failing := false
	o := slow()
	o.fault = func(step string) error {
		if step == "log write" && failing {
			return errDisk
		}
		return nil
	}
	s := open(t, fastDir(t), o)
	s.Put(value("a", "1", 1))
	must(t, s.Flush())
	s.Put(value("b", "1", 2))
	failing = true
	if err := s.Flush(); !errors.Is(err, errDisk) {
		t.Fatal(err)
	}
	failing = false
	s.Put(value("c", "1", 3))
	must(t, s.Flush())
	s.Put(value("b", "2", 4))
	s.Put(value("a", "2", 5))
	must(t, s.Flush())
	after := crashed(t, s)
	for _, v := range []Value{value("a", "2", 5), value("b", "2", 4), value("c", "1", 3)} {
		wantValue(t, after, v)
	}
}

// TestNamesAfterARestart goes on with a segment whose topics have numbers, and some of whose last bytes are lost.
func TestNamesAfterARestart(t *testing.T) {
	s := open(t, fastDir(t), slow())
	s.Put(value("a", "1", 1))
	s.Put(value("b", "1", 2))
	must(t, s.Flush())
	sound := s.log.size
	s.Put(value("lost", "1", 3))
	must(t, s.Flush())
	dir := copyDir(t, s.dir)
	path := segmentPath(dir, s.log.number)
	b, err := os.ReadFile(path)
	must(t, err)
	b[sound+frameSize] ^= 1
	must(t, os.WriteFile(path, b, 0o600))
	again := open(t, dir, slow())
	if st := again.Stats(); st.LogTorn == 0 || st.LogTorn > 100 {
		t.Errorf("%d bytes torn", st.LogTorn)
	}
	again.Put(value("c", "1", 4))
	again.Put(value("a", "2", 5))
	must(t, again.Flush())
	again = crashed(t, again)
	wantNone(t, again, "lost")
	for _, v := range []Value{value("a", "2", 5), value("b", "1", 2), value("c", "1", 4)} {
		wantValue(t, again, v)
	}
	if st := again.Stats(); st.LogTorn != 0 {
		t.Errorf("%d bytes torn in a sound log", st.LogTorn)
	}
}

// TestARoomAheadIsNoDamage wants the size of the file to stay the same from one flush to the next, and not to grow with restarts.
func TestARoomAheadIsNoDamage(t *testing.T) {
	s := open(t, t.TempDir(), slow())
	size := func() int64 {
		info, err := os.Stat(segmentPath(s.dir, s.log.number))
		must(t, err)
		return info.Size()
	}
	if err := takeRoom(s.log.file, size(), size()+1); err != nil {
		t.Skipf("this file system takes no room ahead: %v", err)
	}
	s.Put(value("a", "1", 1))
	must(t, s.Flush())
	first := size()
	for i := range 10 {
		s.Put(value("a", fmt.Sprint(i), uint64(i+2)))
		must(t, s.Flush())
		if size() != first {
			t.Fatalf("flush %d made the file %d bytes, it was %d", i, size(), first)
		}
	}
	if st := crashed(t, s).Stats(); st.LogTorn != 0 {
		t.Errorf("%d bytes torn", st.LogTorn)
	}
	must(t, s.Check())
	must(t, s.Close())
	if size() != s.log.size {
		t.Errorf("a closed log has %d bytes, %d of them used", size(), s.log.size)
	}
}
