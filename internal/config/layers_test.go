package config

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// write puts a config file into a directory of its own.
func write(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestLayers(t *testing.T) {
	file := write(t, "[http]\nlisten = \":1\"\n[log]\nlevel = \"warn\"\n[state]\nflush_interval = \"1s\"\nmax_topics = 7")
	flags := map[string]string{"http.listen": ":3"}
	environ := []string{
		"HOME=/root",
		"GATEWAY_HTTP_LISTEN=:2",
		"GATEWAY_LOG_LEVEL=error",
		"GATEWAY_MQTT_LISTEN=",
		"GATEWAY_HTTP_ORIGINS=https://a.example, https://b.example",
		"GATEWAY_STATE_MAX_BYTES=2MiB",
		"GATEWAY_STATE_MAX_TOPICS=8",
		"GATEWAY_SOCKETIO_LINGER=0",
	}
	c, warnings, err := Load(file, flags, environ)
	if err != nil || len(warnings) > 0 {
		t.Fatal(warnings, err)
	}
	got := []any{
		c.HTTP.Listen, c.Log.Level, c.MQTT.Listen, c.MQTT.WebsocketListen, c.HTTP.Origins,
		c.State.MaxBytes, c.State.MaxTopics, c.State.FlushInterval, c.SocketIO.Linger,
	}
	want := []any{
		":3", "error", "", ":8083",
		[]string{"https://a.example", "https://b.example"},
		int64(2 << 20), 8, time.Second, time.Duration(0),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestBadVariablesAndFlags(t *testing.T) {
	file := write(t, "name = \"a/b\"\n[http]\ntls_listen = \":1883\"\n")
	flags := map[string]string{"log.level": "loud", "http.listen": "8090"}
	environ := []string{
		"GATEWAY_NAME=attic", // hides the file's, which is reported none the less
		"GATEWAY_HTTP_LISTN=:1",
		"GATEWAY_SERVICE_HOST=10.0.0.1",
		"GATEWAY_MQTT_MAX_QUEUED=many",
		"GATEWAY_SOCKETIO_PING_TIMEOUT=",
		"GATEWAY_MQTT_TLS_LISTEN=:8083",
	}
	_, warnings, err := Load(file, flags, environ)
	if err == nil {
		t.Fatal("no error")
	}
	got := ""
	for _, p := range err.(*Problems).List {
		if p.File == file {
			p.File = "config.toml"
		}
		got += p.String() + "\n"
	}
	for _, w := range warnings {
		got += "warning: " + w.String() + "\n"
	}
	golden(t, "testdata/layers.want", got)
}
