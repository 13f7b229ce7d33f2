package app_test

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"gateway/internal/api"
)

// fillUp takes what room there is on a small disk, and returns what gives it back.
func fillUp(t *testing.T, disk string) (free func()) {
	t.Helper()
	ballast := filepath.Join(disk, "ballast")
	f, err := os.Create(ballast)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for size := 64 << 10; size > 0; {
		if _, err := f.Write(make([]byte, size)); errors.Is(err, syscall.ENOSPC) {
			size /= 2
		} else if err != nil {
			t.Fatal(err)
		}
	}
	return func() { _ = os.Remove(ballast) }
}

// A full disk is told in words with what to do, changes are refused, and all is well again once there is room.
func TestHealthOfAFullDisk(t *testing.T) {
	disk := t.TempDir()
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=8m,mode=700"); err != nil {
		t.Skipf("a full disk is not tried: mounting one is not permitted here (%v); run as root", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(disk, syscall.MNT_DETACH) })
	g := start(t, disk, anyPorts+"[state]\nflush_interval = \"100ms\"\n")
	a := g.admin("admin")
	if c, found := (healthAnswer{a.health()}).find("disk"); !found || c.State != api.StateWarn {
		t.Errorf("a disk of 8 MiB: %+v", c)
	}
	free := fillUp(t, disk)
	// What is not flushed yet needs more room than the log has taken ahead, and there is none.
	g.ask(http.MethodPost, g.http+"api/v1/publish/big", strings.Repeat("x", 600_000)).into(t, 200, nil)
	store := func() api.Check { c, _ := healthAnswer{a.health()}.find("store"); return c }
	c := until(t, "the full disk", store, func(c api.Check) bool { return c.State == api.StateBad })
	if c.Title != "the disk is full" || !strings.Contains(c.Remedy, "free some space") {
		t.Errorf("%+v", c)
	}
	if got := a.ask(http.MethodGet, "/readyz", nil); got.status != 503 {
		t.Errorf("readyz: %d", got.status)
	}
	big := strings.Repeat("y", 200)
	for _, refused := range []answer{
		a.ask(http.MethodPost, "/api/v1/backup/compare", strings.Repeat("x", 1<<20)),
		a.ask(http.MethodGet, "/api/v1/backup", nil),
	} {
		if refused.status != 503 || !strings.Contains(refused.body, `"code":"unavailable"`) {
			t.Errorf("%d %.300s", refused.status, refused.body)
		}
	}
	free()
	until(t, "room again", store, func(c api.Check) bool { return c.State == "" })
	a.rename(big[:20])
}
