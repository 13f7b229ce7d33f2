package config

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew") //nolint:gochecknoglobals // read by the test binary's own flag parsing

// TestBadFiles reads one file per rule and compares everything that is said about it.
func TestBadFiles(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*.toml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".toml"), func(t *testing.T) {
			c, _, err := Lint(file, nil, nil)
			if err == nil || c != nil {
				t.Fatalf("Load = %v, %v; want no Config and an error", c, err)
			}
			golden(t, strings.TrimSuffix(file, ".toml")+".want", err.Error()+"\n")
		})
	}
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

func TestDefaults(t *testing.T) {
	got := Default()
	want := &Config{
		DataDir: "data",
		Name:    "gateway",
		HTTP:    HTTP{Listen: ":8090", BasePath: "/", Origins: []string{}, Hosts: []string{}, TrustedProxies: []string{}},
		MQTT: MQTT{
			Listen: ":1883", WebsocketListen: ":8083",
			MaxPacket: 1 << 20, MaxConnections: 1000, MaxInflight: 1024, MaxQueued: 10000,
		},
		SocketIO: SocketIO{
			Path: "/socket.io/", PingInterval: 25 * time.Second, PingTimeout: 20 * time.Second,
			MaxPayload: 1 << 20, MaxQueue: 1 << 20, Recovery: 2 * time.Minute,
		},
		Auth: Auth{Anonymous: "loopback"},
		State: State{
			FlushInterval: 5 * time.Second, CheckpointInterval: 10 * time.Minute,
			Exclude: []string{"+/+/set", "cmnd/#"}, MaxTopics: 100000, MaxBytes: 256 << 20,
		},
		Flash: Flash{Ports: []string{}, Baud: 460800},
		Log:   Log{Level: "info", Format: "auto"},
	}
	got.Effective = nil // has a test of its own
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Default (-want +got):\n%s", diff)
	}
}

func TestFullFile(t *testing.T) {
	c, warnings, err := Load("testdata/full.toml", nil, nil)
	if err != nil || len(warnings) > 0 {
		t.Fatalf("Load: %v %v", warnings, err)
	}
	if c.File != "testdata/full.toml" || c.SocketIO.Linger != 5*time.Millisecond || c.MQTT.MaxPacket != 64<<10 ||
		c.SocketIO.MaxPayload != 2_000_000 || c.MQTT.Listen != "" || c.SocketIO.Recovery != 0 {
		t.Errorf("scalars: %+v", c)
	}
	want := []Link{{
		Name: "house", URL: "mqtts://broker.lan:8883", Username: "gateway", PasswordFile: "/etc/gateway/house.password",
		Keepalive: 30 * time.Second, StatusTopic: "site7/state", Line: 15,
		Topics: []LinkTopic{
			{Filter: "zigbee2mqtt/#", Direction: "in", QoS: 1},
			{Filter: "home/#", Direction: "out", QoS: 2, RemotePrefix: "site7/"},
		},
		Outbox: Outbox{MaxMessages: 100000, MaxBytes: 1 << 20, MaxAge: time.Hour, Full: "refuse"},
	}}
	if diff := cmp.Diff(want, c.Links); diff != "" {
		t.Errorf("Links (-want +got):\n%s", diff)
	}
	if len(c.Mappings) != 1 || c.Mappings[0].Name != "rooms" || c.Mappings[0].Pos.Line != 27 {
		t.Errorf("Mappings: %+v", c.Mappings)
	}
}

// TestSource keeps what it cannot use yet, and says so.
func TestSource(t *testing.T) {
	file := write(t, "name = \"attic\"\n[[source]]\nurl = \"http://camera.lan\"\n")
	c, warnings, err := Load(file, nil, nil)
	if err != nil || len(warnings) != 1 {
		t.Fatal(warnings, err)
	}
	if got, want := warnings[0].String(), file+":2: source: this gateway has no sources yet, ignored"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	want := []Source{{Line: 2, Values: map[string]any{"url": "http://camera.lan"}}}
	if diff := cmp.Diff(want, c.Sources); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestMissingFiles warns in Lint of what Load leaves to those who open it.
func TestMissingFiles(t *testing.T) {
	dir := t.TempDir()
	file := write(t, "[[link]]\nname = \"a\"\nurl = \"mqtt://a.lan\"\ntopics = [{ filter = \"#\", direction = \"in\" }]\nca_file = '"+dir+"'\n")
	environ := []string{"GATEWAY_HTTP_TLS_CERT=absent.pem", "GATEWAY_HTTP_TLS_KEY=" + file}
	if _, warnings, err := Load(file, nil, environ); err != nil || len(warnings) > 0 {
		t.Errorf("Load: %v, %v", warnings, err)
	}
	_, warnings, err := Lint(file, nil, environ)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"GATEWAY_HTTP_TLS_CERT: http.tls_cert: absent.pem: no such file or directory; the gateway will need it",
		file + ":5: link.ca_file: " + dir + ": is a directory; the gateway will need it",
	}
	var got []string
	for _, w := range warnings {
		got = append(got, w.String())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestNoFile(t *testing.T) {
	t.Chdir(t.TempDir())
	c, _, err := Load("", nil, nil)
	if err != nil || c.File != "" {
		t.Errorf("without a file: %+v, %v", c, err)
	}
	_, _, err = Load("absent.toml", nil, nil)
	if want := "cannot read config file absent.toml: no such file or directory"; err == nil || err.Error() != want {
		t.Errorf("absent: %v, want %s", err, want)
	}
	if err := os.WriteFile(DefaultFile, []byte(`name = "attic"`), 0o600); err != nil {
		t.Fatal(err)
	}
	c, _, err = Load("", nil, nil)
	if err != nil || c.File != DefaultFile || c.Name != "attic" {
		t.Errorf("with the default file: %+v, %v", c, err)
	}
}
