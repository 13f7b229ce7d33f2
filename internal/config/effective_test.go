package config

import (
	"os"
	"path/filepath"
	"testing"
)

func TestEffectiveSaysWhereAValueCameFrom(t *testing.T) {
	file := filepath.Join(t.TempDir(), "config.toml")
	text := "name = \"cellar\"\n[http]\nlisten = \":1\"\norigins = [\"https://a.example\"]\n[mqtt]\nlisten = \":2\"\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, _, err := Load(file, map[string]string{"mqtt.listen": ":3"}, []string{"GATEWAY_LOG_LEVEL=debug"})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]Effective{}
	for _, e := range c.Effective {
		got[e.Key] = e
	}
	for key, want := range map[string]Effective{
		"name":         {"name", `"cellar"`, `"gateway"`, "file"},
		"http.listen":  {"http.listen", `":1"`, `":8090"`, "file"},
		"http.origins": {"http.origins", `["https://a.example"]`, `[]`, "file"},
		"mqtt.listen":  {"mqtt.listen", `":3"`, `":1883"`, "flag"},
		"log.level":    {"log.level", `"debug"`, `"info"`, "env"},
		"data_dir":     {"data_dir", `"data"`, `"data"`, "default"},
	} {
		if got[key] != want {
			t.Errorf("%s: %+v, want %+v", key, got[key], want)
		}
	}
}
