package app_test

import (
	"archive/zip"
	"io"
	"net/http"
	"runtime/debug"
	"strings"
	"testing"

	"gateway/internal/api"
)

// unzip is the whole content of a zip file, by name.
func unzip(t *testing.T, text string) map[string]string {
	t.Helper()
	z, err := zip.NewReader(strings.NewReader(text), int64(len(text)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files[f.Name] = string(content)
	}
	return files
}

func TestTheSupportBundleHoldsNoSecret(t *testing.T) {
	g := start(t, t.TempDir(), anyPorts+rooms)
	a := g.admin("admin")
	password := "hunter22-secret"
	change := linkTo("mqtt://127.0.0.1:1", api.LinkTopic{Filter: "a", Direction: "out", QoS: 1})
	change.Config.Username, change.Password = "somebody", &password
	a.ask(http.MethodPost, "/api/v1/links", change).into(t, 201, nil)
	g.ask(http.MethodPost, g.http+"api/v1/publish/a?qos=1", "payload-4711").into(t, 200, nil)
	g.ask(http.MethodPost, g.http+"api/v1/publish/home/kitchen/temp?retain=true", "payload-4712").into(t, 200, nil)

	got := a.ask(http.MethodGet, "/api/v1/support", nil)
	files := unzip(t, got.body)
	for name, word := range map[string]string{
		"version.txt": "gateway test", "config.json": "http.listen", "health.json": "unclaimed", "links.json": "mqtt://127.0.0.1:1",
		"metrics.txt": "gateway_messages_in_total", "log.jsonl": `"msg"`, "goroutines.txt": "goroutine profile", "store.json": "Topics",
	} {
		if !strings.Contains(files[name], word) {
			t.Errorf("%s does not hold %q: %.300s", name, word, files[name])
		}
	}
	_, secret, _ := strings.Cut(a.token, ".")
	for name, content := range files {
		for _, word := range []string{password, "payload-471", "somebody", secret} {
			if strings.Contains(content, word) {
				t.Errorf("%s holds %q", name, word)
			}
		}
	}
	if got := g.admin("operator").ask(http.MethodGet, "/api/v1/support", nil); got.status != 403 {
		t.Errorf("an operator gets it: %d", got.status)
	}
}

// Everything that is compiled in has its licence in the list: tools/licenses.sh makes it.
func TestLicencesAreComplete(t *testing.T) {
	g := start(t, t.TempDir(), anyPorts)
	var list api.LicenseList
	g.ask(http.MethodGet, g.http+"api/v1/licenses", "").into(t, 200, &list)
	known := map[string]api.License{}
	for _, l := range list.Items {
		known[l.Name] = l
		if l.License == "" || l.Version == "" {
			t.Errorf("%s: version %q, licence %q", l.Name, l.Version, l.License)
		}
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		t.Skip("no build info")
	}
	tests := map[string]bool{"github.com/google/go-cmp": true, "github.com/rogpeppe/go-internal": true, "go.uber.org/goleak": true}
	for _, m := range info.Deps {
		if !tests[m.Path] && (known[m.Path].Version != m.Version || known[m.Path].Text == "") {
			t.Errorf("%s %s is not in the list with its text: run tools/licenses.sh", m.Path, m.Version)
		}
	}
	if known["Go standard library"].Text == "" {
		t.Error("Go itself is not in the list")
	}
}
