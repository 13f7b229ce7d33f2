package flash_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"gateway/internal/flash"
)

func TestTheWiFiIsKeptForThisMachineOnly(t *testing.T) {
	dir := t.TempDir()
	records := open(t, dir)
	keep := func(dir string) *flash.WiFi {
		w, err := flash.NewWiFi(records, flash.NewVault(dir))
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	w := keep(dir)
	if ssid, ok := w.SSID(); ssid != "" || ok {
		t.Errorf("there is %q before anything was kept", ssid)
	}
	if _, err := os.Stat(filepath.Join(dir, "secret.key")); !os.IsNotExist(err) {
		t.Error("a key was made that nobody needs")
	}
	if err := w.Keep("home", password); err != nil {
		t.Fatal(err)
	}
	if i, err := os.Stat(filepath.Join(dir, "secret.key")); err != nil || i.Mode().Perm() != 0o600 || i.Size() != 32 {
		t.Errorf("secret.key: %v, %v", i, err)
	}
	if got, ok := keep(dir).Password("home"); got != password || !ok {
		t.Errorf("after a restart the password is %q, %v", got, ok)
	}
	var backup bytes.Buffer
	if err := records.Snapshot(&backup); err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(backup.Bytes(), []byte(password)) {
		t.Error("the password is in the backup")
	}
	elsewhere := keep(t.TempDir()) // the same records without the key
	if ssid, ok := elsewhere.SSID(); ssid != "home" || ok {
		t.Errorf("restored elsewhere: %q, %v", ssid, ok)
	}
	if err := w.Forget(); err != nil {
		t.Fatal(err)
	}
	if ssid, ok := keep(dir).SSID(); ssid != "" || ok {
		t.Errorf("%q is still there", ssid)
	}
}

func TestWhatWasSealedOpensAsWhatItIsOnly(t *testing.T) {
	dir := t.TempDir()
	v := flash.NewVault(dir)
	sealed, err := v.Seal("secret", "home")
	if err != nil {
		t.Fatal(err)
	}
	again, err := v.Seal("secret", "home")
	if err != nil || bytes.Equal(sealed, again) {
		t.Error("the same secret is sealed the same way twice")
	}
	if text, err := v.Open(sealed, "home"); text != "secret" || err != nil {
		t.Errorf("%q, %v", text, err)
	}
	if _, err := v.Open(sealed, "other"); err == nil {
		t.Error("it opens for another network")
	}
	for i := range sealed {
		broken := bytes.Clone(sealed)
		broken[i] ^= 1
		if _, err := v.Open(broken, "home"); err == nil {
			t.Errorf("it opens with byte %d changed", i)
		}
		if _, err := v.Open(sealed[:i], "home"); err == nil {
			t.Errorf("%d bytes of it open", i)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "secret.key"), []byte("short"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := v.Seal("secret", "home"); err == nil {
		t.Error("a broken key was overwritten: what it sealed would be lost")
	}
}
