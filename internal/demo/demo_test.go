package demo_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"gateway/internal/app"
	"gateway/internal/config"
	"gateway/internal/link"
)

// patience bounds every wait for something that must happen.
const patience = 20 * time.Second

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// running is a whole gateway with its demo, on free ports.
type running struct {
	*testing.T
	page string            // http://localhost:port/
	said chan [2]string    // every message of the bus that the test subscribed to: topic, payload
	seen map[string]string // the last of each topic
}

func start(t *testing.T) *running {
	t.Helper()
	file := filepath.Join(t.TempDir(), "config.toml")
	text := "data_dir = '" + t.TempDir() + "'\n[http]\nlisten = '127.0.0.1:0'\n[mqtt]\nlisten = '127.0.0.1:0'\nwebsocket_listen = ''\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, _, err := config.Load(file, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	banner, out := io.Pipe()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		done <- app.Serve(ctx, app.Options{Config: c, Demo: true, Version: "test", Stdout: out, Stderr: io.Discard})
		out.Close()
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("the gateway ended with %v", err)
		}
	})
	r := &running{T: t, said: make(chan [2]string, 1000), seen: map[string]string{}}
	r.listen(r.readBanner(banner))
	return r
}

// readBanner learns the addresses from what the gateway prints, and drains the rest. It returns that of MQTT.
func (r *running) readBanner(out io.Reader) (mqtt string) {
	r.Helper()
	lines := bufio.NewScanner(out)
	for (r.page == "" || mqtt == "") && lines.Scan() {
		for _, word := range strings.Fields(lines.Text()) {
			switch {
			case strings.HasPrefix(word, "http://") && r.page == "":
				r.page = word
			case strings.HasPrefix(word, "mqtt://"):
				mqtt = word
			}
		}
	}
	if mqtt == "" {
		r.Fatal("the gateway ended without saying where MQTT listens")
	}
	go io.Copy(io.Discard, out)
	return mqtt
}

func (r *running) listen(mqtt string) {
	r.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	c := link.NewClient(mqtt, "test", link.ClientOptions{})
	err := c.Subscribe("#", 1, func(topic string, payload []byte, _ bool) { r.said <- [2]string{topic, string(payload)} })
	if err != nil {
		r.Fatal(err)
	}
	if err := c.Connect(ctx); err != nil {
		r.Fatal(err)
	}
	r.Cleanup(c.Close)
}

// await returns the next message of a topic that is good.
func (r *running) await(topic string, good func(payload string) bool) string {
	r.Helper()
	timeout := time.After(patience)
	for {
		select {
		case m := <-r.said:
			r.seen[m[0]] = m[1]
			if m[0] == topic && good(m[1]) {
				return m[1]
			}
		case <-timeout:
			r.Fatalf("nothing fitting on %s; last: %q", topic, r.seen)
		}
	}
}

func (r *running) post(topic, payload string) {
	r.Helper()
	answer, err := http.Post(r.page+"api/v1/publish/"+topic, "", strings.NewReader(payload))
	if err != nil {
		r.Fatal(err)
	}
	defer answer.Body.Close()
	if body, _ := io.ReadAll(answer.Body); answer.StatusCode != http.StatusOK {
		r.Fatalf("POST %s: %s %s", topic, answer.Status, body)
	}
}

func anything(string) bool { return true }

func holds(text string) func(string) bool {
	return func(payload string) bool { return strings.Contains(payload, text) }
}

func TestDevicesLiveOnARealGateway(t *testing.T) {
	defer http.DefaultClient.CloseIdleConnections()
	r := start(t)
	r.await("alert/lamp/led", holds(`"color":"green"`)) // retained, so it cannot be missed
	r.await("home/kitchen/temp", anything)

	r.post("cmnd/plug/POWER", "OFF")
	r.await("stat/plug/RESULT", holds(`{"POWER":"OFF"}`))
	r.await("home/plug/watts", holds("0")) // a topic -> topic rule made it

	r.post("alert/lamp", `{"level":"critical","text":"Water in the cellar"}`)
	red := r.await("alert/lamp/led", holds(`"color":"red"`))
	var shown struct{ Text string }
	if err := json.Unmarshal([]byte(red), &shown); err != nil || shown.Text != "Water in the cellar" {
		t.Errorf("the lamp shows %s", red)
	}
	r.post("alert/lamp/acknowledged", `{"by":"test"}`)
	r.await("alert/lamp/led", holds(`{"color":"green","by":"test"}`))

	r.post("home/kitchen/temp", "35.5")
	r.await("alert/lamp/led", holds("kitchen is at 35.5"))
}
