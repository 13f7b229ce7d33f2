package app_test

import (
	"net/http"
	"strings"
	"testing"
)

const (
	everybody = anyPorts + "[auth]\nanonymous = \"always\"\n"
	evil      = "evil.example"
)

// withHTTP is everybody with more settings in [http], which is its last table but one.
func withHTTP(settings string) string {
	return strings.Replace(everybody, "[http]\n", "[http]\n"+settings+"\n", 1)
}

// handshake is what a websocket client asks.
func handshake(header ...string) []string {
	return append(header, "Connection", "Upgrade", "Upgrade", "websocket", "Sec-WebSocket-Version", "13",
		"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol", "mqtt")
}

// A page that points its own name at the gateway is its own origin for the browser: the Host gives it away.
func TestANameThatWasRebound(t *testing.T) {
	g := start(t, t.TempDir(), everybody)
	overWebsocket := "http" + strings.TrimPrefix(g.websocket, "ws")
	for _, c := range []struct {
		host       string
		rest, mqtt int
	}{
		{"127.0.0.1:1", 200, 101},
		{"raspberrypi", 200, 101},
		{"raspberrypi.local:8090", 200, 101},
		{evil, 403, 403},
		{"lan." + evil + ":8090", 403, 403},
	} {
		page := []string{"Host", c.host, "Origin", "http://" + c.host}
		a := g.ask(http.MethodPost, g.http+"api/v1/publish/a", "1", page...)
		if a.status != c.rest || c.rest == 403 && !strings.Contains(a.body, "http.hosts") {
			t.Errorf("REST as %s: %d %s", c.host, a.status, a.body)
		}
		if a := g.ask(http.MethodGet, g.http+"api/v1/info", "", page...); a.status != c.rest {
			t.Errorf("info as %s: %d", c.host, a.status)
		}
		if a := g.ask(http.MethodGet, g.http+"socket.io/?EIO=4&transport=polling", "", page...); a.status != c.rest {
			t.Errorf("socket.io as %s: %d", c.host, a.status)
		}
		if a := g.ask(http.MethodGet, overWebsocket, "", handshake(page...)...); a.status != c.mqtt {
			t.Errorf("MQTT over websocket as %s: %d", c.host, a.status)
		}
	}
	g.await("http.hosts")

	listed := start(t, t.TempDir(), withHTTP(`hosts = ["gw.example"]`))
	if a := listed.ask(http.MethodGet, listed.http+"api/v1/info", "", "Host", "gw.example"); a.status != 200 {
		t.Errorf("a name of http.hosts: %d", a.status)
	}
}

func TestTrustedProxies(t *testing.T) {
	g := start(t, t.TempDir(), withHTTP("hosts = [\"gw.example\"]\ntrusted_proxies = [\"127.0.0.1\"]"))
	for _, c := range []struct {
		name   string
		want   int
		header []string
	}{
		{"a page of the proxy's public name", 200, []string{"Origin", "https://gw.example", "X-Forwarded-Host", "gw.example"}},
		{"a page of another name", 403, []string{"Origin", "https://" + evil, "X-Forwarded-Host", "gw.example"}},
		{"a name that is not ours", 403, []string{"Origin", "https://" + evil, "X-Forwarded-Host", evil}},
		{"a Host that is not ours, through a proxy", 403, []string{"Host", evil, "X-Forwarded-Host", "gw.example"}},
	} {
		if a := g.ask(http.MethodPost, g.http+"api/v1/publish/a", "1", c.header...); a.status != c.want {
			t.Errorf("%s: %d %s", c.name, a.status, a.body)
		}
	}
	g.ask(http.MethodPost, g.http+"api/v1/publish/a", "1", "X-Forwarded-For", "192.0.2.66", "X-Forwarded-Host", evil)
	g.await("192.0.2.66")

	wary := start(t, t.TempDir(), withHTTP(`hosts = ["gw.example"]`))
	a := wary.ask(http.MethodPost, wary.http+"api/v1/publish/a", "1", "Origin", "https://gw.example", "X-Forwarded-Host", "gw.example")
	if a.status != 403 {
		t.Errorf("whoever writes X-Forwarded-Host is believed: %d", a.status)
	}
}

func TestATopicMayHaveEmptyLevels(t *testing.T) {
	g := start(t, t.TempDir(), anyPorts)
	for path, topic := range map[string]string{
		"a//b": "a//b", "/lead": "/lead", "trail/": "trail/", "a%2F%2Fb": "a//b", "a/./b": "a/./b", "a/%2E%2E/b": "a/../b", "K%C3%BCche%20x": "Küche x",
	} {
		a := g.ask(http.MethodPost, g.http+"api/v1/publish/"+path, "1")
		if a.status != 200 || !strings.Contains(a.body, `"topic":"`+topic+`"`) {
			t.Errorf("%s: %d %s, want topic %s", path, a.status, a.body, topic)
		}
	}
}

func TestBasePath(t *testing.T) {
	g := start(t, t.TempDir(), withHTTP(`base_path = "/gw/"`))
	root := strings.TrimSuffix(g.http, "/gw/")
	for path, want := range map[string]int{
		"/gw/healthz": 200, "/gw/api/v1/info": 200, "/gw/socket.io/?EIO=4&transport=polling": 200, "/gw": 307,
		"/": 404, "/healthz": 404, "/gwhealthz": 404, "/gw/gw/healthz": 404,
	} {
		if a := g.ask(http.MethodGet, root+path, ""); a.status != want {
			t.Errorf("%s: %d, want %d", path, a.status, want)
		}
	}
	if to := g.ask(http.MethodGet, root+"/gw?a=b", "").header.Get("Location"); to != "/gw/?a=b" {
		t.Errorf("/gw?a=b leads to %q", to)
	}
	if a := g.ask(http.MethodPost, g.http+"api/v1/publish/a//b", "1"); !strings.Contains(a.body, `"a//b"`) {
		t.Errorf("publish below the base path: %s", a.body)
	}
}

func TestPagesOfOtherOrigins(t *testing.T) {
	g := start(t, t.TempDir(), withHTTP(`origins = ["https://house.example"]`))
	publish := g.http + "api/v1/publish/a"
	preflight := []string{"Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "content-type"}

	good := []string{"Origin", "https://house.example"}
	a := g.ask(http.MethodOptions, publish, "", append(preflight, good...)...)
	if a.status != 204 || a.header.Get("Access-Control-Allow-Origin") != "https://house.example" ||
		!strings.Contains(a.header.Get("Access-Control-Allow-Methods"), "POST") ||
		!strings.Contains(a.header.Get("Access-Control-Allow-Headers"), "Content-Type") {
		t.Errorf("preflight of an allowed page: %d %v", a.status, a.header)
	}
	for method, url := range map[string]string{http.MethodPost: publish, http.MethodGet: g.http + "api/v1/info"} {
		a := g.ask(method, url, "", append(good, "Content-Type", "application/json")...)
		if a.status != 200 || a.header.Get("Access-Control-Allow-Origin") != "https://house.example" || a.header.Get("Vary") != "Origin" {
			t.Errorf("%s by an allowed page: %d %v", method, a.status, a.header)
		}
	}
	a = g.ask(http.MethodPost, g.http+"api/v1/publish/%23", "", good...)
	if a.status != 400 || a.header.Get("Access-Control-Allow-Origin") == "" {
		t.Errorf("an allowed page may not read why it was refused: %d %v", a.status, a.header)
	}

	bad := []string{"Origin", "https://" + evil}
	for _, a := range []answer{
		g.ask(http.MethodOptions, publish, "", append(preflight, bad...)...),
		g.ask(http.MethodPost, publish, "", bad...),
		g.ask(http.MethodGet, g.http+"api/v1/info", "", bad...),
	} {
		if a.header.Get("Access-Control-Allow-Origin") != "" || a.status == 204 {
			t.Errorf("a page that is not allowed: %d %v", a.status, a.header)
		}
	}
}
