package link

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"gateway/internal/fault"
)

func connect(t *testing.T, c *Client) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	t.Cleanup(c.Close)
	if err := c.Connect(ctx); err != nil {
		t.Fatal(err)
	}
}

func TestClientPublishesAndReceivesInOrder(t *testing.T) {
	m := startMosquitto(t, "")
	got := make(chan string, 1000)
	c := NewClient(m.url(), "c", ClientOptions{})
	if err := c.Subscribe("in/#", 1, func(topic string, payload []byte, _ bool) { got <- topic + " " + string(payload) }); err != nil {
		t.Fatal(err)
	}
	connect(t, c)
	for i := range 300 {
		if err := c.Publish(t.Context(), "in/"+strconv.Itoa(i%3), []byte(strconv.Itoa(i)), 1, false); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 300 {
		want := "in/" + strconv.Itoa(i%3) + " " + strconv.Itoa(i)
		if line := <-got; line != want {
			t.Fatalf("message %d was %q, want %q", i, line, want)
		}
	}
}

func TestClientSeesRetained(t *testing.T) {
	m := startMosquitto(t, "")
	m.pub("r", "kept", "-r")
	got := make(chan bool, 1)
	c := NewClient(m.url(), "c", ClientOptions{})
	connect(t, c)
	if err := c.Subscribe("r", 0, func(_ string, _ []byte, retained bool) { got <- retained }); err != nil {
		t.Fatal(err)
	}
	if !<-got {
		t.Error("the message is not marked as retained")
	}
}

func TestClientComesBackWithItsSession(t *testing.T) {
	m := startMosquitto(t, "")
	states := make(chan bool, 100)
	got := make(chan string, 10)
	c := NewClient(m.url(), "stable", ClientOptions{KeepSession: true, OnState: func(up bool, _ error) { states <- up }})
	if err := c.Subscribe("news", 1, func(_ string, payload []byte, _ bool) { got <- string(payload) }); err != nil {
		t.Fatal(err)
	}
	connect(t, c)
	m.stop()
	for <-states { // up, then down
	}
	if err := c.Publish(t.Context(), "x", nil, 0, false); !errors.Is(err, ErrOffline) {
		t.Errorf("publish while offline: %v", err)
	}
	m.start()
	m.pub("news", "while away or not")
	if line := <-got; line != "while away or not" {
		t.Errorf("got %q", line)
	}
}

func TestWrongPasswordIsSaid(t *testing.T) {
	dir := t.TempDir()
	passwords := filepath.Join(dir, "passwords")
	if out, err := exec.Command(tool(t, "mosquitto_passwd"), "-b", "-c", passwords, "gateway", "right").CombinedOutput(); err != nil {
		t.Fatalf("mosquitto_passwd: %v\n%s", err, out)
	}
	_ = os.Chmod(passwords, 0o600)
	m := startMosquitto(t, "allow_anonymous false\npassword_file "+passwords)
	wrong := NewClient(m.url(), "c", ClientOptions{Username: "gateway", Password: func() (string, error) { return "wrong", nil }})
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	err := wrong.Connect(ctx)
	if fault.CodeOf(err) != fault.Denied || !strings.Contains(err.Error(), "password") {
		t.Errorf("got %v", err)
	}
	right := NewClient(m.url(), "c", ClientOptions{Username: "gateway", Password: func() (string, error) { return "right", nil }})
	connect(t, right)
}
