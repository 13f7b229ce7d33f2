package flash_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"log/slog"
	"testing"
	"testing/fstest"
	"time"

	"gateway/internal/access"
	"gateway/internal/device"
	"gateway/internal/flash"
	"gateway/pkg/store"
)

// patience is how long anything may take before a test fails.
const patience = 120 * time.Second

const (
	password = "a password"
	here     = "here I am"
)

// mainPy stands in for the firmware's: it says that it runs, and what it found.
const mainPy = `
import json, sys
sys.path.insert(0, '/a')
import app
c = json.load(open('/cfg.json'))
print('wifi:', c['wifi'][0][0] if c['wifi'] else '-')
print('` + here + `', c['id'], c['wifi'])
`

func open(t *testing.T, dir string) *store.Store {
	t.Helper()
	s, err := store.Open(dir, store.Options{
		FlushInterval: time.Second, CheckpointInterval: time.Minute, MaxTopics: 100, MaxBytes: 1 << 20, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// firmware is a small one, as package firmware has it: sources, and what was compiled.
func firmware() (sources, compiled fstest.MapFS) {
	lib := []byte("x = 1\n")
	sum := sha256.Sum256(lib)
	list, _ := json.Marshal(map[string]any{"version": "v1", "files": []map[string]any{
		{"name": "lib/x.py", "size": len(lib), "sha256": hex.EncodeToString(sum[:])},
	}})
	sources = fstest.MapFS{
		"main.py":           {Data: []byte(mainPy)},
		"examples/blink.py": {Data: []byte("\"\"\"A blinking lamp: on and off.\n\nWiring: an LED at D1.\n\n    mosquitto_sub -t devices/blink/state\n\"\"\"\nprint('app')\n")},
	}
	return sources, fstest.MapFS{"bundle.json": {Data: list}, "mpy/lib/x.py": {Data: lib}}
}

// provisioner is one with boards and Wi-Fi of its own, on the small firmware.
func provisioner(t *testing.T) *flash.Provisioner {
	t.Helper()
	dir := t.TempDir()
	records := open(t, dir)
	p, err := flash.NewProvisioner(firmware())
	if err != nil {
		t.Fatal(err)
	}
	if p.Boards, err = device.New(device.Options{Records: records}); err != nil {
		t.Fatal(err)
	}
	if p.WiFi, err = flash.NewWiFi(records, flash.NewVault(dir)); err != nil {
		t.Fatal(err)
	}
	p.Addresses = func(string) []string { return []string{"http://192.168.1.20:8090"} }
	return p
}

func order() flash.Order {
	p := password
	return flash.Order{Name: "Lamp", Template: "blink", SSID: "home", Password: &p, By: access.Local()}
}
