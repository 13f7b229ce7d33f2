package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// mountSmall mounts a file system of 4 MiB in memory, which a gateway can fill.
func mountSmall(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=4m,mode=700"); err != nil {
		t.Skipf("a full disk is not tried: mounting one is not permitted here (%v); run as root", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// fillUp takes what room there is, and returns what gives it back.
func fillUp(t *testing.T, dir string) (free func()) {
	t.Helper()
	path := filepath.Join(dir, "ballast")
	f, err := os.Create(path)
	must(t, err)
	defer f.Close()
	for size := 64 << 10; size > 0; {
		if _, err := f.Write(make([]byte, size)); errors.Is(err, syscall.ENOSPC) {
			size /= 2
		} else {
			must(t, err)
		}
	}
	return func() { must(t, os.Remove(path)) }
}

// TestFullDisk fills a real disk, and wants commands refused, values to flow in
// memory, readers served and the trouble shown; and once there is room, all as
// before without a restart, with nothing lost that was acknowledged.
func TestFullDisk(t *testing.T) {
	disk := mountSmall(t)
	dir := filepath.Join(disk, "data")
	s := open(t, dir, slow())
	q := openQueue(t, s, "q", QueueOptions{})
	kept := 0
	for ; kept < 20; kept++ {
		push(t, q, fmt.Sprint(kept))
	}
	s.Put(value("a", "1", 1))
	must(t, s.Checkpoint())

	free := fillUp(t, disk)
	for i := 0; ; i++ { // the last block of the log has some room
		_, c, err := q.Append(fmt.Appendf(nil, "%0500d", i))
		must(t, err)
		if err := c.Wait(t.Context()); errors.Is(err, ErrUnavailable) && errors.Is(err, syscall.ENOSPC) {
			break
		} else if err != nil || i > 100 {
			t.Fatalf("append %d to a full disk: %v", i, err)
		}
		kept++
	}
	wantFull(t, s, q, kept)

	free()
	push(t, q, "again")
	must(t, s.Flush())
	must(t, s.Checkpoint())
	must(t, s.PutRecord("r", "k", nil))
	if st := s.Stats(); st.LastError != nil || st.Dirty != 0 || st.QueueItems != kept+1 {
		t.Errorf("after there is room: %+v", st)
	}
	must(t, s.Check())
	after := crashed(t, s)
	wantValue(t, after, large())
	if got := openQueue(t, after, "q", QueueOptions{}).Len(); got != kept+1 {
		t.Errorf("%d items, want %d", got, kept+1)
	}
}

// large is a value that does not fit into what room a block has left.
func large() Value { return value("large", strings.Repeat("x", 10_000), 2) }

// wantFull wants what works on a full disk to work, and the rest to say so.
func wantFull(t *testing.T, s *Store, q *Queue, kept int) {
	t.Helper()
	s.Put(large())
	wantValue(t, s, large())
	for what, err := range map[string]error{"Flush": s.Flush(), "Checkpoint": s.Checkpoint()} {
		if !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("%s on a full disk: %v", what, err)
		}
	}
	if err := s.Backup(filepath.Join(s.dir, "../backup.tar")); err == nil {
		t.Error("Backup on a full disk succeeded")
	}
	if st := s.Stats(); !errors.Is(st.LastError, syscall.ENOSPC) || st.QueueFailures == 0 || st.WriteFailures == 0 {
		t.Errorf("the trouble is not shown: %+v", st)
	}
	if items, err := q.Next(0, 1000); err != nil || len(items) != kept {
		t.Errorf("readers get %d items, want %d: %v", len(items), kept, err)
	}
	if left, err := filepath.Glob(filepath.Join(s.dir, "*"+tmpSuffix)); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

// TestOpenOnAFullDisk wants a gateway to come up all the same, and to save what
// it was told once there is room.
func TestOpenOnAFullDisk(t *testing.T) {
	disk := mountSmall(t)
	dir := filepath.Join(disk, "data")
	s := open(t, dir, slow())
	s.Put(value("a", "1", 1))
	push(t, openQueue(t, s, "q", QueueOptions{}), "kept")
	must(t, s.Close())
	free := fillUp(t, disk)
	s = open(t, dir, slow())
	wantValue(t, s, value("a", "1", 1))
	q := openQueue(t, s, "q", QueueOptions{})
	wantContents(t, q, "1:kept")
	s.Put(value("b", "2", 2))
	free()
	push(t, q, "more")
	s = reopen(t, s)
	wantValue(t, s, value("b", "2", 2))
	wantContents(t, openQueue(t, s, "q", QueueOptions{}), "1:kept 2:more")
}
