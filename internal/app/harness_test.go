package app_test

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"gateway/internal/app"
	"gateway/internal/config"
)

// patience is how long anything may take before a test fails.
const patience = 20 * time.Second

const anyPorts = `
[mqtt]
listen = "127.0.0.1:0"
websocket_listen = "127.0.0.1:0"
[http]
listen = "127.0.0.1:0"
`

// running is a gateway in this process, on real ports.
type running struct {
	t         *testing.T
	http      string // URL with the base path
	mqtt      string // host:port
	websocket string // URL of MQTT over websocket
	log       *buffer
	reload    chan struct{}
	file      string // the config file
	cancel    context.CancelFunc
	done      chan error
}

// buffer is a log that is read while it is written.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// start runs a gateway with the config file's text and the data directory dir until the test ends, or stop.
func start(t *testing.T, dir, text string) *running {
	t.Helper()
	g := &running{t: t, log: &buffer{}, reload: make(chan struct{}), file: filepath.Join(dir, "config.toml"), done: make(chan error, 1)}
	g.write(text)
	c, err := g.load()
	if err != nil {
		t.Fatal(err)
	}
	out, in := io.Pipe()
	ctx, cancel := context.WithCancel(context.Background())
	g.cancel = cancel
	go func() {
		g.done <- app.Serve(ctx, app.Options{Config: c, Load: g.load, Version: "test", Stdout: in, Stderr: g.log, Reload: g.reload})
		in.Close()
	}()
	t.Cleanup(func() { _ = g.stop() })
	g.learn(out)
	return g
}

// write replaces the config file.
func (g *running) write(text string) {
	g.t.Helper()
	if err := os.WriteFile(g.file, []byte(text), 0o600); err != nil {
		g.t.Fatal(err)
	}
}

// load reads it as the command line would, with --data.
func (g *running) load() (*config.Config, error) {
	c, _, err := config.Load(g.file, map[string]string{"data_dir": filepath.Join(filepath.Dir(g.file), "data")}, nil)
	return c, err
}

// learn reads from the first lines where everything listens.
func (g *running) learn(out *io.PipeReader) {
	g.t.Helper()
	for s := bufio.NewScanner(out); s.Scan(); {
		line := s.Text()
		at := func(name string) (string, bool) {
			_, url, ok := strings.Cut(line, "  "+name+"  ")
			return strings.TrimSpace(url), ok
		}
		if url, ok := at("page, REST, socket.io"); ok {
			g.http = url
		}
		if url, ok := at("MQTT"); ok {
			g.mqtt = strings.TrimPrefix(url, "mqtt://")
		}
		if url, ok := at("MQTT over websocket"); ok {
			g.websocket = url
		}
		if strings.HasPrefix(line, "try: ") {
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return
		}
	}
	g.t.Fatalf("the gateway did not start: %v\n%s", <-g.done, g.log)
}

// stop ends the gateway and returns what Serve did.
func (g *running) stop() error {
	g.cancel()
	select {
	case err := <-g.done:
		g.done <- err
		return err
	case <-time.After(patience):
		g.t.Errorf("the gateway does not stop:\n%s", g.log)
		return nil
	}
}

// await returns once the log holds the text.
func (g *running) await(text string) {
	g.t.Helper()
	for end := time.Now().Add(patience); !strings.Contains(g.log.String(), text); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			g.t.Fatalf("the log does not say %q:\n%s", text, g.log)
		}
	}
}

// answer is what an HTTP request got.
type answer struct {
	status int
	header http.Header
	body   string
}

// ask sends one request; header holds names and values, of which Host is the Host. Redirects are not followed.
func (g *running) ask(method, url, body string, header ...string) answer {
	g.t.Helper()
	r, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		g.t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
		if header[i] == "Host" {
			r.Host = header[i+1]
		}
	}
	transport := &http.Transport{DisableKeepAlives: true}
	client := http.Client{Timeout: patience, Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
	resp, err := client.Do(r)
	if err != nil {
		g.t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusSwitchingProtocols {
		return answer{status: resp.StatusCode} // its body would end when the connection does
	}
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		g.t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, string(text)}
}

// socket is a socket.io client that reads when it is told to.
type socket struct {
	t *testing.T
	*websocket.Conn
}

// dial connects to the namespace /mqtt.
func (g *running) dial() *socket {
	g.t.Helper()
	c, _, err := websocket.Dial(g.t.Context(), "ws"+strings.TrimPrefix(g.http, "http")+"socket.io/?EIO=4&transport=websocket", nil)
	if err != nil {
		g.t.Fatal(err)
	}
	c.SetReadLimit(-1)
	g.t.Cleanup(func() { _ = c.CloseNow() })
	s := &socket{g.t, c}
	s.read("0{")
	s.write("40/mqtt,")
	s.read("40/mqtt,")
	return s
}

func (s *socket) write(text string) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	if err := s.Write(ctx, websocket.MessageText, []byte(text)); err != nil {
		s.t.Fatal(err)
	}
}

// read returns the next message that has the prefix.
func (s *socket) read(prefix string) string {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	for {
		_, data, err := s.Read(ctx)
		if err != nil {
			s.t.Fatalf("waiting for %q: %v", prefix, err)
		}
		if strings.HasPrefix(string(data), prefix) {
			return string(data)
		}
	}
}
