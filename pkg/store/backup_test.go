package store

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

func snapshot(t testing.TB, s *Store) []byte {
	t.Helper()
	var b bytes.Buffer
	must(t, s.Snapshot(&b))
	return b.Bytes()
}

func TestBackupAndRestore(t *testing.T) {
	s := open(t, t.TempDir(), slow())
	s.Put(value("checkpointed", "1", 1))
	s.Put(value("deleted", "1", 2))
	must(t, s.Checkpoint())
	s.Delete("deleted")
	s.Put(value("flushed", "2", 3))
	must(t, s.Flush())
	s.Put(value("in memory", "3", 4))
	must(t, s.PutRetained(Retained{Topic: "r", Payload: []byte("x")}))
	must(t, s.PutRecord("users", "ann", []byte("1")))
	file := filepath.Join(t.TempDir(), "backup.tar")
	must(t, s.Backup(file))
	s.Put(value("after", "4", 5))

	// Into a directory that holds something else, logged values among it.
	other := open(t, t.TempDir(), slow())
	other.Put(value("other", "x", 100))
	must(t, other.PutRecord("users", "bob", nil))
	must(t, other.Flush())
	f, err := os.Open(file)
	must(t, err)
	defer f.Close()
	if err := Restore(other.dir, f); !errors.Is(err, ErrLocked) {
		t.Errorf("Restore into an open directory: %v", err)
	}
	must(t, other.Close())
	_, err = f.Seek(0, io.SeekStart)
	must(t, err)
	must(t, Restore(other.dir, f))

	r := open(t, other.dir, slow())
	wantValue(t, r, value("checkpointed", "1", 1))
	wantValue(t, r, value("flushed", "2", 3))
	wantValue(t, r, value("in memory", "3", 4))
	if got := matched(r, "#"); got != " checkpointed flushed in memory" {
		t.Errorf("restored%s", got)
	}
	if _, found, _ := r.GetRecord("users", "bob"); found {
		t.Error("a record of before is still there")
	}
	if data, _, _ := r.GetRecord("users", "ann"); string(data) != "1" {
		t.Errorf("record %q", data)
	}
	if r.MaxSeq() < 4 {
		t.Errorf("MaxSeq %d", r.MaxSeq())
	}
	must(t, r.Check())
	r.Put(value("goes on", "5", 6))
	r = reopen(t, r)
	wantValue(t, r, value("goes on", "5", 6))
}

// TestRestoreInterrupted wants what a restore replaced to be void even when the
// power goes before it is removed.
func TestRestoreInterrupted(t *testing.T) {
	s := open(t, t.TempDir(), slow())
	s.Put(value("new", "1", 1))
	b := snapshot(t, s)
	old := open(t, t.TempDir(), slow())
	old.Put(value("old", "1", 1))
	must(t, old.Close())
	before := copyDir(t, old.dir)
	must(t, Restore(old.dir, bytes.NewReader(b)))
	numbers, err := segmentNumbers(before)
	must(t, err)
	for _, n := range numbers {
		b, err := os.ReadFile(segmentPath(before, n))
		must(t, err)
		must(t, os.WriteFile(segmentPath(old.dir, n), b, 0o600))
	}
	r := open(t, old.dir, slow())
	if got := matched(r, "#"); got != " new" {
		t.Errorf("restored%s", got)
	}
	if st := r.Stats(); st.LogSize > 100 {
		t.Errorf("%d bytes of log are left", st.LogSize)
	}
}

func TestBadBackupsChangeNothing(t *testing.T) {
	s := open(t, t.TempDir(), slow())
	fill(s, 50, 50)
	good := snapshot(t, s)
	dir := t.TempDir()
	mine := open(t, dir, slow())
	mine.Put(value("mine", "1", 1))
	must(t, mine.Close())
	before := sums(t, dir)

	flipped := bytes.Clone(good)
	flipped[len(flipped)/2] ^= 1
	var foreign bytes.Buffer
	tw := tar.NewWriter(&foreign)
	must(t, tw.WriteHeader(&tar.Header{Name: "../../etc/passwd", Mode: 0o600, Size: 1}))
	fmt.Fprint(tw, "x")
	must(t, tw.Close())
	newer := bytes.Replace(good, []byte(`"version": 2`), []byte(`"version": 3`), 1)
	tests := []struct {
		name string
		b    []byte
		want error
	}{
		{"empty", nil, ErrCorrupt},
		{"not a tar", bytes.Repeat([]byte("hello "), 1000), ErrCorrupt},
		{"another tar", foreign.Bytes(), ErrCorrupt},
		{"cut in the header", good[:100], ErrCorrupt},
		{"cut in the database", good[:len(good)/2], ErrCorrupt},
		{"cut before the manifest", good[:len(good)-2048], ErrCorrupt},
		{"one bit flipped", flipped, ErrCorrupt},
		{"newer layout", newer, ErrNewerSchema},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := Restore(dir, bytes.NewReader(tt.b)); !errors.Is(err, tt.want) {
				t.Errorf("Restore: %v, want %v", err, tt.want)
			}
			if after := sums(t, dir); fmt.Sprint(after) != fmt.Sprint(before) {
				t.Error("files were changed")
			}
		})
	}
}

// TestSnapshotUnderLoad wants a snapshot to be of one moment: each writer counts
// up in two topics, one after the other, so that the first is never behind.
func TestSnapshotUnderLoad(t *testing.T) {
	s := open(t, t.TempDir(), slow())
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for w := range 2 {
		wg.Go(func() {
			for i := uint64(1); ctx.Err() == nil; i++ {
				s.Put(Value{Topic: fmt.Sprint("first/", w), Seq: i})
				s.Put(Value{Topic: fmt.Sprint("second/", w), Seq: i})
			}
		})
	}
	wg.Go(func() {
		for ctx.Err() == nil {
			if err := s.Checkpoint(); err != nil {
				t.Error(err)
			}
		}
	})
	for range 5 {
		b := snapshot(t, s)
		dir := t.TempDir()
		must(t, Restore(dir, bytes.NewReader(b)))
		r := open(t, dir, slow())
		for w := range 2 {
			first, _ := r.Get(fmt.Sprint("first/", w))
			second, _ := r.Get(fmt.Sprint("second/", w))
			if first.Seq != second.Seq && first.Seq != second.Seq+1 {
				t.Errorf("first at %d, second at %d", first.Seq, second.Seq)
			}
		}
	}
	stop()
	wg.Wait()
}
