package app_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gateway/internal/api"
	"gateway/internal/app"
)

// What was acknowledged while a link was changed goes over the link, whatever moment it came at.
func TestChangingALinkLosesNothing(t *testing.T) {
	other := start(t, t.TempDir(), anyPorts)
	g := start(t, t.TempDir(), anyPorts)
	a := g.admin("admin")
	change := linkTo("mqtt://"+other.mqtt, api.LinkTopic{Filter: "home/#", Direction: "out", QoS: 1})
	var made api.Link
	a.ask(http.MethodPost, "/api/v1/links", change).into(t, 201, &made)

	stop, taken := make(chan struct{}), make(chan []string)
	go func() {
		var topics []string
		for n := 0; ; n++ {
			select {
			case <-stop:
				taken <- topics
				return
			default:
			}
			topic := fmt.Sprintf("home/%d", n)
			switch got := g.ask(http.MethodPost, g.http+"api/v1/publish/"+topic+"?qos=1", "x"); got.status {
			case http.StatusOK:
				topics = append(topics, topic)
			case http.StatusServiceUnavailable: // and says so
			default:
				t.Errorf("%s: %d %s", topic, got.status, got.body)
			}
		}
	}()
	for n := range 40 {
		change.Config.Keepalive = fmt.Sprintf("%ds", 20+n)
		a.ask(http.MethodPut, "/api/v1/links/other", change, "If-Match", "*").into(t, 200, &made)
	}
	close(stop)
	topics := <-taken
	until(t, "outbox", func() api.Link { return a.link("other") }, func(l api.Link) bool { return l.State == "up" && l.Queued == 0 })
	lost := 0
	for _, topic := range topics {
		if got := other.ask(http.MethodGet, other.http+"api/v1/state/"+topic, ""); got.status != http.StatusOK {
			lost++
		}
	}
	if lost > 0 || len(topics) == 0 {
		t.Errorf("of %d acknowledged messages %d are lost", len(topics), lost)
	}
}

// A gateway made of another one's backup is a gateway of its own: what it sends to that one is not taken for what came from there.
func TestAGatewayFromABackupIsAnother(t *testing.T) {
	first := start(t, t.TempDir(), anyPorts)
	taken := first.admin("admin").ask(http.MethodGet, "/api/v1/backup", nil)
	for how, restore := range map[string]func(data string) error{
		"over REST": func(data string) error {
			if err := os.Mkdir(data, 0o700); err != nil {
				return err
			}
			return os.WriteFile(filepath.Join(data, "restore.pending"), []byte(taken.body), 0o600)
		},
		"by the command": func(data string) error { return app.Restore(data, strings.NewReader(taken.body)) },
	} {
		t.Run(how, func(t *testing.T) {
			dir := t.TempDir()
			if err := restore(filepath.Join(dir, "data")); err != nil {
				t.Fatal(err)
			}
			second := start(t, dir, anyPorts)
			a := second.admin("admin")
			change := linkTo("mqtt://"+first.mqtt, api.LinkTopic{Filter: "home/#", Direction: "out", QoS: 1})
			a.ask(http.MethodPost, "/api/v1/links", change).into(t, 201, nil)
			until(t, "link", func() api.Link { return a.link("other") }, func(l api.Link) bool { return l.State == "up" })
			topic := "home/" + strings.ReplaceAll(how, " ", "-")
			second.ask(http.MethodPost, second.http+"api/v1/publish/"+topic+"?qos=1", "x").into(t, 200, nil)
			until(t, "outbox", func() api.Link { return a.link("other") }, func(l api.Link) bool { return l.Queued == 0 })
			if got := first.ask(http.MethodGet, first.http+"api/v1/state/"+topic, ""); got.status != http.StatusOK {
				t.Errorf("the first gateway does not have it: %d %s", got.status, got.body)
			}
		})
	}
}
