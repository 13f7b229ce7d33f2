package app_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gateway/internal/api"
)

func onPort(t *testing.T) string {
	return strings.Replace(anyPorts, "[http]\nlisten = \"127.0.0.1:0\"", "[http]\nlisten = \""+freePort(t)+"\"", 1)
}

// rename gives the gateway another name.
func (a admin) rename(name string) {
	a.g.t.Helper()
	var now api.Settings
	a.ask(http.MethodGet, "/api/v1/settings", nil).into(a.g.t, 200, &now)
	change := api.SettingsChange{Name: name, TimeZone: "Europe/Berlin"}
	a.ask(http.MethodPut, "/api/v1/settings", change, "If-Match", now.Revision).into(a.g.t, 200, &now)
	if now.Name != name || now.TimeZone != "Europe/Berlin" {
		a.g.t.Fatalf("%+v", now)
	}
}

func (a admin) name() string {
	a.g.t.Helper()
	var now api.Settings
	a.ask(http.MethodGet, "/api/v1/settings", nil).into(a.g.t, 200, &now)
	return now.Name
}

func TestBackupAndRestore(t *testing.T) {
	dir := t.TempDir()
	g := start(t, dir, onPort(t))
	a := g.admin("admin")
	a.rename("before")
	g.ask(http.MethodPost, g.http+"api/v1/publish/home/temp", "21").into(t, 200, nil)
	taken := a.ask(http.MethodGet, "/api/v1/backup", nil)
	if taken.status != 200 || !strings.Contains(taken.header.Get("Content-Disposition"), "attachment") {
		t.Fatalf("%d %v", taken.status, taken.header)
	}
	a.rename("after")
	g.ask(http.MethodPost, g.http+"api/v1/publish/home/temp", "22").into(t, 200, nil)
	g.ask(http.MethodPost, g.http+"api/v1/publish/home/more", "1").into(t, 200, nil)

	var c api.BackupComparison
	a.ask(http.MethodPost, "/api/v1/backup/compare", taken.body).into(t, 200, &c)
	if c.Counts["value.changed"] != 1 || c.Counts["value.removed"] != 1 || c.Counts["setting.changed"] != 1 || c.Schema == 0 || c.CreatedAt.IsZero() {
		t.Errorf("the comparison: %+v", c)
	}

	for name, broken := range map[string]string{
		"nothing": "", "no backup": "hello", "cut short": taken.body[:len(taken.body)/2], "a byte changed": flip(taken.body),
	} {
		for _, path := range []string{"/api/v1/backup/compare", "/api/v1/backup/restore"} {
			if got := a.ask(http.MethodPost, path, broken); got.status != 422 || !strings.Contains(got.body, `"code":"invalid"`) {
				t.Errorf("%s of %s: %d %s", path, name, got.status, got.body)
			}
		}
	}
	if a.name() != "after" {
		t.Error("a backup that was refused has changed something")
	}

	a.ask(http.MethodPost, "/api/v1/backup/restore", taken.body).into(t, http.StatusAccepted, nil)
	g.await(`"msg":"restored a backup"`)
	g.awaitReady()
	if name := a.name(); name != "before" {
		t.Errorf("after the restore the name is %q", name)
	}
	if got := g.dial(); got != nil {
		got.write(`42/mqtt,0["subscribe","home/#"]`)
		if message := got.read(`42/mqtt,["message","home/temp"`); !strings.Contains(message, "21") {
			t.Errorf("the value came back as %s", message)
		}
	}
	left, err := filepath.Glob(filepath.Join(dir, "data", "*restore*"))
	if err != nil || len(left) != 1 || filepath.Base(left[0]) != "before-restore.backup" {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// A backup that was accepted is restored after a crash too, and one that turns out bad then costs nothing.
func TestAPendingRestoreOutlivesACrash(t *testing.T) {
	dir := t.TempDir()
	g := start(t, dir, anyPorts)
	a := g.admin("admin")
	a.rename("kept")
	taken := a.ask(http.MethodGet, "/api/v1/backup", nil)
	a.rename("lost")
	if err := g.stop(); err != nil {
		t.Fatal(err)
	}
	pending := filepath.Join(dir, "data", "restore.pending")
	if err := os.WriteFile(pending, []byte(taken.body), 0o600); err != nil {
		t.Fatal(err)
	}
	g = start(t, dir, anyPorts)
	a.g = g
	if name := a.name(); name != "kept" {
		t.Errorf("after the crash the name is %q", name)
	}
	if err := g.stop(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(pending, []byte(taken.body[:1000]), 0o600); err != nil {
		t.Fatal(err)
	}
	g = start(t, dir, anyPorts)
	a.g = g
	if name := a.name(); name != "kept" {
		t.Errorf("after a bad one the name is %q", name)
	}
	g.await("the backup was not restored")
}

// flip changes a byte in the middle.
func flip(s string) string {
	b := []byte(s)
	b[len(b)/3] ^= 1
	return string(b)
}

// awaitReady returns once the gateway serves, on the port it had.
func (g *running) awaitReady() {
	g.t.Helper()
	client := http.Client{Timeout: time.Second}
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		resp, err := client.Get(g.http + "readyz")
		if err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return
			}
		}
		if time.Now().After(end) {
			g.t.Fatalf("the gateway did not come back: %v\n%s", err, g.log)
		}
	}
}
