package app_test

import (
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"gateway/internal/api"
)

// until asks again until ok, and returns what it was asked for last.
func until[T any](t *testing.T, what string, get func() T, ok func(T) bool) T {
	t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		v := get()
		if ok(v) {
			return v
		}
		if time.Now().After(end) {
			t.Fatalf("%s: it is still %+v", what, v)
		}
	}
}

func (a admin) devices() []api.Device {
	a.g.t.Helper()
	var list api.DeviceList
	a.ask(http.MethodGet, "/api/v1/devices", nil).into(a.g.t, 200, &list)
	return list.Items
}

func (a admin) device(id string) api.Device {
	a.g.t.Helper()
	list := a.devices()
	if i := slices.IndexFunc(list, func(d api.Device) bool { return d.ID == id }); i >= 0 {
		return list[i]
	}
	return api.Device{}
}

func TestDevices(t *testing.T) {
	dir := t.TempDir()
	g := start(t, dir, anyPorts)
	a := g.admin("operator")
	c, err := net.Dial("tcp", g.mqtt)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprint(c, "\x10\x10\x00\x04MQTT\x04\x02\x00\x0a\x00\x04plug") // clean session
	fmt.Fprint(c, "\x30\x08\x00\x04temp21")                           // QoS 0
	d := until(t, "plug", func() api.Device { return a.device("mqtt:plug") }, func(d api.Device) bool { return d.Online && len(d.Topics) > 0 })
	if d.Kind != "mqtt" || d.Principal.Kind != "anonymous" || !strings.HasPrefix(d.Address, "127.0.0.1:") || d.Topics[0].Topic != "temp" {
		t.Errorf("%+v", d)
	}
	if got := a.ask(http.MethodDelete, "/api/v1/devices/mqtt:plug/connection", nil); got.status != 204 {
		t.Errorf("cutting it: %d %s", got.status, got.body)
	}
	until(t, "plug", func() api.Device { return a.device("mqtt:plug") }, func(d api.Device) bool { return !d.Online })
	if got := a.ask(http.MethodDelete, "/api/v1/devices/mqtt:plug/connection", nil); got.status != 404 {
		t.Errorf("cutting it again: %d %s", got.status, got.body)
	}
	if got := g.admin("viewer").ask(http.MethodDelete, "/api/v1/devices/mqtt:plug/connection", nil); got.status != 403 {
		t.Errorf("cutting it as a viewer: %d", got.status)
	}
	s := g.dial()
	page := until(t, "the socket", a.devices, func(list []api.Device) bool {
		return slices.ContainsFunc(list, func(d api.Device) bool { return d.Kind == "socketio" && d.Online })
	})
	_ = s.CloseNow()
	until(t, "the socket's end", a.devices, func(list []api.Device) bool { return len(list) < len(page) })
}

// A board with a token is remembered over a restart.
func TestADeviceIsRemembered(t *testing.T) {
	dir := t.TempDir()
	g := start(t, dir, anyPorts)
	a := g.admin("viewer")
	var made struct{ ID, Secret string }
	g.admin("admin").ask(http.MethodPost, "/api/v1/tokens", map[string]any{
		"name": "plug 7", "kind": "client", "read": []string{"#"}, "write": []string{"#"},
	}).into(t, 201, &made)
	c, err := net.Dial("tcp", g.mqtt)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	body := "\x00\x04MQTT\x04\xc2\x00\x0a" + field("board") + field(made.ID) + field(made.Secret)
	fmt.Fprint(c, "\x10"+string([]byte{byte(len(body))})+body)
	d := until(t, "board", func() api.Device { return a.device("mqtt:board") }, func(d api.Device) bool { return d.Online })
	if d.Token != made.ID || d.Principal.Kind != "token" {
		t.Errorf("%+v", d)
	}
	if err := g.stop(); err != nil {
		t.Fatal(err)
	}
	a.g = start(t, dir, anyPorts)
	if d := a.device("mqtt:board"); d.Online || d.Token != made.ID || d.DisconnectedAt == nil {
		t.Errorf("after the restart: %+v", d)
	}
}

func field(s string) string { return string([]byte{0, byte(len(s))}) + s }

func (a admin) health() api.Health {
	a.g.t.Helper()
	var h api.Health
	a.ask(http.MethodGet, "/api/v1/health", nil).into(a.g.t, 200, &h)
	return h
}

// healthAnswer finds checks.
type healthAnswer struct{ api.Health }

func (h healthAnswer) find(id string) (api.Check, bool) {
	i := slices.IndexFunc(h.Checks, func(c api.Check) bool { return c.ID == id })
	if i < 0 {
		return api.Check{}, false
	}
	return h.Checks[i], true
}

func TestHealthSaysWhatIsWrong(t *testing.T) {
	text := everybody + "[[mapping]]\nname = \"broken\"\ntopic = \"a/{x}\"\nnamespace = \"/b\"\nevent = \"{y}\"\n"
	g := start(t, t.TempDir(), text)
	h := healthAnswer{g.admin("viewer").health()}
	for id, word := range map[string]string{"anonymous": "auth.anonymous", "unclaimed": "setup code", "mapping.0": "broken"} {
		c, found := h.find(id)
		if !found || c.Title == "" || c.Since == nil || c.Remedy == "" || !strings.Contains(c.Cause+c.Remedy, word) {
			t.Errorf("%s: %+v", id, c)
		}
	}
	if h.State != api.StateBad || !strings.Contains(h.Summary, "mapping") {
		t.Errorf("%s: %s", h.State, h.Summary)
	}
}

func (a admin) link(name string) api.Link {
	a.g.t.Helper()
	var list api.LinkList
	a.ask(http.MethodGet, "/api/v1/links", nil).into(a.g.t, 200, &list)
	i := slices.IndexFunc(list.Items, func(l api.Link) bool { return l.Name == name })
	if i < 0 {
		return api.Link{}
	}
	return list.Items[i]
}

func linkTo(url string, topics ...api.LinkTopic) api.LinkChange {
	return api.LinkChange{Config: api.LinkConfig{Name: "other", URL: url, Topics: topics}}
}

// A link is made, carries, outlives a restart of the gateway, is changed, and goes.
func TestLinksComeAndGo(t *testing.T) {
	other := start(t, t.TempDir(), anyPorts)
	dir := t.TempDir()
	g := start(t, dir, anyPorts)
	a := g.admin("admin")
	up := func() api.Link {
		return until(t, "link", func() api.Link { return a.link("other") }, func(l api.Link) bool { return l.State == "up" })
	}
	change := linkTo("mqtt://"+other.mqtt, api.LinkTopic{Filter: "home/#", Direction: "out", QoS: 1})
	var made api.Link
	a.ask(http.MethodPost, "/api/v1/links", change).into(t, 201, &made)
	if made.Origin != "ui" || made.Revision == "" {
		t.Errorf("%+v", made)
	}
	if got := a.ask(http.MethodPost, "/api/v1/links", change); got.status != 409 {
		t.Errorf("again: %d %s", got.status, got.body)
	}
	up()
	carried := func(g *running, topic, payload string) {
		t.Helper()
		listener := other.dial()
		listener.write(`42/mqtt,0["subscribe","#"]`)
		listener.read("43/mqtt,0")
		g.ask(http.MethodPost, g.http+"api/v1/publish/"+topic+"?qos=1", payload).into(t, 200, nil)
		listener.read(fmt.Sprintf(`42/mqtt,["message",%q,%s`, topic, payload))
	}
	carried(g, "home/a", "1")
	if err := g.stop(); err != nil {
		t.Fatal(err)
	}
	g = start(t, dir, anyPorts)
	a.g = g
	up()
	carried(g, "home/b", "2")

	change.Config.Topics = append(change.Config.Topics, api.LinkTopic{Filter: "more/#", Direction: "out", QoS: 1})
	if got := a.ask(http.MethodPut, "/api/v1/links/other", change); got.status != 428 {
		t.Errorf("without a revision: %d %s", got.status, got.body)
	}
	if got := a.ask(http.MethodPut, "/api/v1/links/other", change, "If-Match", `"99"`); got.status != 412 {
		t.Errorf("with a stale revision: %d %s", got.status, got.body)
	}
	a.ask(http.MethodPut, "/api/v1/links/other", change, "If-Match", `"`+made.Revision+`"`).into(t, 200, &made)
	up()
	carried(g, "more/c", "3")
	if got := a.ask(http.MethodDelete, "/api/v1/links/other", nil, "If-Match", `"`+made.Revision+`"`); got.status != 204 {
		t.Errorf("removing it: %d %s", got.status, got.body)
	}
	if l := a.link("other"); l.Name != "" {
		t.Errorf("it is still there: %+v", l)
	}
}

func TestALinkKeepsItsPasswordToItself(t *testing.T) {
	g := start(t, t.TempDir(), anyPorts+"[[link]]\nname = \"fixed\"\nurl = \"mqtt://127.0.0.1:1\"\ntopics = [{ filter = \"a\", direction = \"in\" }]\n")
	a := g.admin("admin")
	password := "hunter22-secret"
	change := linkTo("mqtt://127.0.0.1:1", api.LinkTopic{Filter: "a", Direction: "out", QoS: 1})
	change.Config.Username, change.Password = "me", &password
	var made api.Link
	got := a.ask(http.MethodPost, "/api/v1/links", change)
	got.into(t, 201, &made)
	if !made.Config.PasswordSet || strings.Contains(got.body, password) {
		t.Errorf("%s", got.body)
	}
	for _, path := range []string{"/api/v1/links", "/api/v1/settings", "/api/v1/support"} {
		if got := a.ask(http.MethodGet, path, nil); strings.Contains(got.body, password) {
			t.Errorf("%s tells the password", path)
		}
	}
	g.ask(http.MethodPost, g.http+"api/v1/publish/a?qos=1", "1").into(t, 200, nil)
	c := until(t, "health", func() api.Check { c, _ := healthAnswer{a.health()}.find("link:other"); return c }, func(c api.Check) bool { return c.Title != "" })
	if c.State != api.StateBad || !strings.Contains(c.Title, "1 messages wait") || c.Cause == "" {
		t.Errorf("%+v", c)
	}
	if l := a.link("other"); l.Queued != 1 || l.QueuedBytes == 0 || l.OldestS <= 0 {
		t.Errorf("%+v", l)
	}
	if got := a.ask(http.MethodDelete, "/api/v1/links/fixed", nil, "If-Match", "*"); got.status != 409 || !strings.Contains(got.body, "config file") {
		t.Errorf("removing one of the file: %d %s", got.status, got.body)
	}
	change.Config.Topics[0].Filter = "a/#/b"
	if got := a.ask(http.MethodPut, "/api/v1/links/other", change, "If-Match", "*"); got.status != 422 || !strings.Contains(got.body, `"field":"config.topics[0]`) {
		t.Errorf("a filter that is none: %d %s", got.status, got.body)
	}
}

func TestTryALink(t *testing.T) {
	other := start(t, t.TempDir(), strings.Replace(anyPorts, "[http]", "[auth]\nanonymous = \"never\"\n[http]", 1))
	g := start(t, t.TempDir(), anyPorts)
	a := g.admin("admin")
	var made struct{ ID, Secret string }
	other.admin("admin").ask(http.MethodPost, "/api/v1/tokens", map[string]any{"name": "link", "kind": "client", "read": []string{"home/#"}}).into(t, 201, &made)
	try := func(change api.LinkChange) (names []string, ok bool, last api.LinkTestStep) {
		t.Helper()
		var test api.LinkTest
		a.ask(http.MethodPost, "/api/v1/links/test", change).into(t, 200, &test)
		for _, s := range test.Steps {
			names, last = append(names, s.Name), s
		}
		return names, test.OK, last
	}
	change := linkTo("mqtt://"+other.mqtt, api.LinkTopic{Filter: "home/#", Direction: "in"})
	change.Config.Username, change.Password = made.ID, &made.Secret
	if names, ok, last := try(change); !ok || !slices.Equal(names, []string{"config", "dns", "tcp", "connect", "subscribe"}) {
		t.Errorf("a good one: %v %+v", names, last)
	}
	wrong := "nonsense"
	change.Password = &wrong
	if _, ok, last := try(change); ok || last.Name != "connect" || !strings.Contains(last.Text, "password") {
		t.Errorf("a wrong password: %+v", last)
	}
	if _, ok, last := try(linkTo("mqtt://127.0.0.1:1", change.Config.Topics...)); ok || last.Name != "tcp" {
		t.Errorf("nobody there: %+v", last)
	}
	if _, ok, last := try(linkTo("mqtt://nowhere.invalid", change.Config.Topics...)); ok || last.Name != "dns" {
		t.Errorf("no such name: %+v", last)
	}
	if _, ok, last := try(linkTo("http://127.0.0.1", change.Config.Topics...)); ok || last.Name != "config" {
		t.Errorf("no such scheme: %+v", last)
	}
}
