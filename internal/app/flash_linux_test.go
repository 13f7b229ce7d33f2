package app_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"gateway/firmware"
	"gateway/internal/api"
	"gateway/internal/device"
	"gateway/internal/flash/simulator"
)

const wifiPassword = "correct horse"

// plugged is a gateway with a simulated board at its only port.
func plugged(t *testing.T, faults ...simulator.Fault) (*running, *simulator.Board, string) {
	t.Helper()
	if b, err := device.ReadBuiltin(firmware.FS()); err != nil || b == nil {
		t.Skip("this needs what make firmware builds", err)
	}
	dir := t.TempDir()
	link := filepath.Join(dir, "tty")
	board, err := simulator.Start(simulator.Options{Dir: filepath.Join(dir, "board"), Link: link, Fast: true, Faults: faults, Log: func(line string) { t.Log("board:", line) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(board.Close)
	return start(t, t.TempDir(), anyPorts+"[flash]\nports = [\""+link+"\"]\n"), board, link
}

func (a admin) flash(method, path string, body any, status int, v any) {
	a.g.t.Helper()
	a.ask(method, "/api/v1/flash/"+path, body, "Content-Type", "application/json").into(a.g.t, status, v)
}

func (a admin) image(data []byte) answer {
	a.g.t.Helper()
	return a.ask(http.MethodPut, "/api/v1/flash/image", string(data), "Content-Type", "application/octet-stream")
}

func newJob(port string) map[string]any {
	return map[string]any{
		"port": port, "kind": "flash", "name": "Lamp", "template": "lamp",
		"wifi": map[string]any{"ssid": "home", "password": wifiPassword, "keep": true},
	}
}

// job awaits what is said of a job.
func (a admin) job(id string, until func(api.FlashJob) bool) api.FlashJob {
	a.g.t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		var j api.FlashJob
		a.flash(http.MethodGet, "jobs/"+id, nil, 200, &j)
		if until(j) {
			return j
		}
		if j.State != "running" || time.Now().After(end) {
			a.g.t.Fatalf("the job is %s in %s: %+v", j.State, j.Phase, j.Error)
		}
	}
}

// port is what is known of a port; nil: it is not there.
func (a admin) port(name string) *api.FlashPort {
	a.g.t.Helper()
	var list api.FlashPortList
	a.flash(http.MethodGet, "ports", nil, 200, &list)
	for _, p := range list.Items {
		if p.Name == name {
			return &p
		}
	}
	return nil
}

func done(j api.FlashJob) bool { return j.State == "done" }

// page connects to /admin.
func (a admin) page() *socket {
	a.g.t.Helper()
	c, _, err := websocket.Dial(a.g.t.Context(), "ws"+strings.TrimPrefix(a.g.http, "http")+"socket.io/?EIO=4&transport=websocket", nil)
	if err != nil {
		a.g.t.Fatal(err)
	}
	c.SetReadLimit(-1)
	a.g.t.Cleanup(func() { _ = c.CloseNow() })
	s := &socket{a.g.t, c}
	s.read("0{")
	s.write(`40/admin,{"token":"` + a.token + `"}`)
	s.read("40/admin,")
	return s
}

// event reads the next event of a name, and decodes its argument.
func (s *socket) event(name string, v any) {
	s.t.Helper()
	text := s.read(`42/admin,["` + name + `"`)
	var packet []json.RawMessage
	_, list, _ := strings.Cut(text, ",")
	if err := json.Unmarshal([]byte(list), &packet); err != nil {
		s.t.Fatal(err)
	}
	if err := json.Unmarshal(packet[1], v); err != nil {
		s.t.Fatal(err)
	}
}

func TestFlashingAPluggedBoard(t *testing.T) {
	g, board, link := plugged(t)
	a := g.admin("admin")
	if p := a.port(link); p == nil || p.Job != "" || p.Chip != nil {
		t.Fatalf("port %+v", p)
	}
	if got := a.ask(http.MethodPost, "/api/v1/flash/jobs", newJob(link)); got.status != 409 || !strings.Contains(got.body, "micropython.org") {
		t.Errorf("without an image: %d %s", got.status, got.body)
	}
	a.image(simulator.ImageOf(200<<10)).into(t, 200, nil)

	page := a.page()
	var j api.FlashJob
	a.flash(http.MethodPost, "jobs", newJob(link), 201, &j)
	lines, last := map[int]bool{}, ""
	for j.State == "running" {
		page.event("flash_job", &j)
		for _, l := range j.Log {
			if lines[l.N] {
				t.Errorf("line %d was told twice", l.N)
			}
			lines[l.N], last = true, l.Text
		}
	}
	j = a.job(j.ID, done)
	if len(lines) != len(j.Log) || last != j.Log[len(j.Log)-1].Text {
		t.Errorf("pages were told %d lines up to %q of %d", len(lines), last, len(j.Log))
	}
	if j.Board != "lamp" || j.Percent != 100 || j.Chip == nil || j.Chip.MAC != simulator.MAC || j.Suggestion == nil || j.Suggestion.Topic != "devices/lamp/{event...}" || j.Ended == nil {
		t.Errorf("%+v", j)
	}
	var b device.Board
	a.ask(http.MethodGet, "/api/v1/boards/lamp", nil).into(t, 200, &b)
	if b.State != device.Online || b.Build == nil || b.Build.Version == "" {
		t.Errorf("the board is %+v", b)
	}
	if p := a.port(link); p.Chip == nil || p.Job != "" || p.Busy != "" {
		t.Errorf("after the job the port is %+v", p)
	}
	a.ask(http.MethodPost, "/api/v1/publish/devices/lamp/alert", "red").into(t, 200, nil)
	if _, err := board.Await(t.Context(), "lamp red"); err != nil {
		t.Error(err)
	}
	a.theWiFiIsKept(t, j)
}

// theWiFiIsKept looks where its password must not be.
func (a admin) theWiFiIsKept(t *testing.T, j api.FlashJob) {
	t.Helper()
	var w api.FlashWiFi
	for end := time.Now().Add(patience); !w.Kept && time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		a.flash(http.MethodGet, "wifi", nil, 200, &w)
	}
	if w.SSID != "home" || !w.Kept {
		t.Errorf("wifi %+v", w)
	}
	texts := map[string]string{"the log": a.g.log.String()}
	for name, path := range map[string]string{
		"the jobs": "flash/jobs", "the job": "flash/jobs/" + j.ID, "the traffic": "traffic", "the wifi": "flash/wifi", "the settings": "settings",
	} {
		texts[name] = a.ask(http.MethodGet, "/api/v1/"+path, nil).body
	}
	texts["the backup"] = a.ask(http.MethodGet, "/api/v1/backup", nil).body
	for name, text := range unzip(t, a.ask(http.MethodGet, "/api/v1/support", nil).body) {
		texts["support/"+name] = text
	}
	for name, text := range texts {
		if strings.Contains(text, wifiPassword) {
			t.Errorf("%s holds the password of the Wi-Fi", name)
		}
	}
	a.flash(http.MethodDelete, "wifi", nil, 204, nil)
	w = api.FlashWiFi{}
	a.flash(http.MethodGet, "wifi", nil, 200, &w)
	if w.Kept || w.SSID != "" {
		t.Errorf("it was not forgotten: %+v", w)
	}
}

func TestOneJobAPort(t *testing.T) {
	g, board, link := plugged(t, simulator.Manual)
	a := g.admin("admin")
	a.image(simulator.ImageOf(64<<10)).into(t, 200, nil)
	var first api.FlashJob
	a.flash(http.MethodPost, "jobs", newJob(link), 201, &first)
	if got := a.ask(http.MethodPost, "/api/v1/flash/jobs", newJob(link)); got.status != 409 || !strings.Contains(got.body, "busy") {
		t.Errorf("a second job: %d %s", got.status, got.body)
	}
	if got := a.ask(http.MethodPost, "/api/v1/flash/ports/detect", map[string]string{"port": link}); got.status != 409 {
		t.Errorf("a look meanwhile: %d %s", got.status, got.body)
	}
	if got := a.ask(http.MethodPost, "/api/v1/flash/jobs/"+first.ID+"/retry", nil); got.status != 409 {
		t.Errorf("a retry meanwhile: %d %s", got.status, got.body)
	}
	a.job(first.ID, func(j api.FlashJob) bool { return j.Manual })
	a.flash(http.MethodPost, "jobs/"+first.ID+"/cancel", nil, 200, nil)
	a.job(first.ID, func(j api.FlashJob) bool { return j.State == "cancelled" && j.Error.Reason == "cancelled" })
	if got := a.ask(http.MethodPost, "/api/v1/flash/jobs/"+first.ID+"/cancel", nil); got.status != 409 {
		t.Errorf("given up twice: %d %s", got.status, got.body)
	}

	var second api.FlashJob
	a.flash(http.MethodPost, "jobs/"+first.ID+"/retry", map[string]any{"kind": "erase", "baud": 115200}, 201, &second)
	a.job(second.ID, func(j api.FlashJob) bool { return j.Manual })
	board.Loader()
	if j := a.job(second.ID, done); second.ID == first.ID || j.Kind != "erase" || j.Baud != 115200 || j.SSID != "home" {
		t.Errorf("%+v", j)
	}
	var list api.FlashJobList
	a.flash(http.MethodGet, "jobs", nil, 200, &list)
	if len(list.Items) != 2 || list.Items[0].ID != second.ID {
		t.Errorf("%d jobs", len(list.Items))
	}
	for _, path := range []string{"jobs/none", "jobs/none/cancel", "jobs/none/retry"} {
		method := http.MethodPost
		if path == "jobs/none" {
			method = http.MethodGet
		}
		a.flash(method, path, nil, 404, nil)
	}
}

func TestJobsThatAreRefused(t *testing.T) {
	g, _, link := plugged(t)
	a := g.admin("admin")
	a.image(simulator.ImageOf(64<<10)).into(t, 200, nil)
	for name, c := range map[string]struct {
		change map[string]any
		status int
		says   string
	}{
		"a file that is no port": {map[string]any{"port": "/etc/passwd"}, 404, "/etc/passwd"},
		"no template":            {map[string]any{"template": "none"}, 422, "template"},
		"a short password":       {map[string]any{"wifi": map[string]any{"ssid": "a", "password": "short"}}, 422, "8 to 63"},
		"a password not kept":    {map[string]any{"wifi": map[string]any{"ssid": "a"}}, 422, "not kept"},
		"a bad address":          {map[string]any{"address": "nowhere"}, 422, "http://"},
		"an odd speed":           {map[string]any{"baud": 5}, 422, "baud"},
	} {
		n := newJob(link)
		for k, v := range c.change {
			n[k] = v
		}
		got := a.ask(http.MethodPost, "/api/v1/flash/jobs", n, "Content-Type", "application/json")
		if got.status != c.status || !strings.Contains(got.body, c.says) || strings.Contains(got.body, `"short"`) {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	var boards api.BoardList
	a.ask(http.MethodGet, "/api/v1/boards", nil).into(t, 200, &boards)
	if len(boards.Items) != 0 {
		t.Errorf("%d boards were made", len(boards.Items))
	}
}

func TestPortsComeAndGo(t *testing.T) {
	g, board, link := plugged(t)
	page := g.admin("viewer").page()
	has := func(want bool) {
		t.Helper()
		for {
			var list api.FlashPortList
			page.event("flash_ports", &list)
			found := false
			for _, p := range list.Items {
				found = found || p.Name == link
			}
			if found == want {
				return
			}
		}
	}
	has(true)
	board.Unplug()
	has(false)
	if err := board.Plug(); err != nil {
		t.Fatal(err)
	}
	has(true)
}

func TestDetectingABoard(t *testing.T) {
	g, _, link := plugged(t)
	a := g.admin("admin")
	var c api.FlashChip
	a.flash(http.MethodPost, "ports/detect", map[string]string{"port": link}, 200, &c)
	if c.Name != "ESP8266" || c.MAC != simulator.MAC || c.FlashSize != 4<<20 {
		t.Errorf("%+v", c)
	}
	a.flash(http.MethodPost, "ports/detect", map[string]string{"port": "/dev/null"}, 404, nil)
}

func TestTheImageForBoards(t *testing.T) {
	img := simulator.ImageOf(64 << 10)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(img) }))
	defer server.Close()
	g := start(t, t.TempDir(), anyPorts)
	a := g.admin("admin")
	var s api.FlashImageState
	a.flash(http.MethodGet, "image", nil, 200, &s)
	if s.Present || s.Image != nil || s.Fetch.Automatic || !strings.Contains(s.Fetch.Page, "micropython.org") {
		t.Errorf("%+v", s)
	}
	a.flash(http.MethodGet, "image/content", nil, 404, nil)
	a.flash(http.MethodPost, "image/download", nil, 409, nil)
	if got := a.image([]byte("nonsense")); got.status != 422 || got.header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("nonsense: %d %s", got.status, got.body)
	}
	if got := a.image(make([]byte, 4<<20+1)); got.status != 413 {
		t.Errorf("too much: %d %s", got.status, got.body)
	}
	a.image(img).into(t, 200, &s)
	if !s.Present || s.Image.Version != simulator.Version || s.Image.Size != len(img) || s.Image.Source != "upload" {
		t.Errorf("%+v", s.Image)
	}
	if got := a.ask(http.MethodGet, "/api/v1/flash/image/content", nil); got.status != 200 || got.body != string(img) {
		t.Errorf("content: %d, %d bytes", got.status, len(got.body))
	}
	if got := g.admin("viewer").image(img); got.status != 403 {
		t.Errorf("a viewer: %d", got.status)
	}
	sum := s.Image.SHA256
	a.flash(http.MethodDelete, "image", nil, 200, &s)
	if s.Present {
		t.Error("it is still there")
	}

	pinned := start(t, t.TempDir(), anyPorts+"[flash]\nimage_url = \""+server.URL+"\"\nimage_sha256 = \""+sum+"\"\n").admin("admin")
	pinned.flash(http.MethodPost, "image/download", nil, 200, &s)
	if !s.Present || s.Image.Source != "download" || s.Image.SHA256 != sum || !s.Fetch.Automatic {
		t.Errorf("%+v", s)
	}
}

func TestTheGatewayStopsInTheMiddleOfAJob(t *testing.T) {
	g, _, link := plugged(t, simulator.Manual)
	a := g.admin("admin")
	a.image(simulator.ImageOf(64<<10)).into(t, 200, nil)
	var j api.FlashJob
	a.flash(http.MethodPost, "jobs", newJob(link), 201, &j)
	a.job(j.ID, func(j api.FlashJob) bool { return j.Manual })
	if err := g.stop(); err != nil {
		t.Error(err)
	}
	if log := g.log.String(); strings.Contains(log, "takes too long") || !strings.Contains(log, "a flash job ended") {
		t.Error(log)
	}
}
