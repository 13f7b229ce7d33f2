package link

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// builtIn is the directory of the command, which TestMain removes; empty when no test needed it.
var builtIn string

// built builds the command once for all tests.
var built = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "gateway")
	if err != nil {
		return "", err
	}
	builtIn = dir
	if out, err := exec.Command("go", "build", "-o", dir+"/", "gateway/cmd/gateway").CombinedOutput(); err != nil {
		return dir, fmt.Errorf("go build: %w\n%s", err, out)
	}
	return dir, nil
})

func buildGateway(t *testing.T) string {
	t.Helper()
	dir, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "gateway")
}

// process is a gateway with a data directory of its own.
type process struct {
	t         *testing.T
	path, dir string
	cmd       *exec.Cmd
	mqtt      string // URL
}

// newProcess writes the configuration, to which text adds, and starts nothing yet.
func newProcess(t *testing.T, path, text string) *process {
	t.Helper()
	p := &process{t: t, path: path, dir: t.TempDir()}
	text = "[http]\nlisten = \"127.0.0.1:0\"\n[mqtt]\nlisten = \"127.0.0.1:0\"\nwebsocket_listen = \"127.0.0.1:0\"\n" + text
	if err := os.WriteFile(filepath.Join(p.dir, "config.toml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.kill)
	return p
}

// listen has the gateway's broker listen on a port that others know.
func (p *process) listen(port string) {
	p.t.Helper()
	file := filepath.Join(p.dir, "config.toml")
	text, err := os.ReadFile(file)
	if err == nil {
		err = os.WriteFile(file, []byte(strings.Replace(string(text), "[mqtt]\nlisten = \"127.0.0.1:0\"", "[mqtt]\nlisten = \"127.0.0.1:"+port+"\"", 1)), 0o600)
	}
	if err != nil {
		p.t.Fatal(err)
	}
}

// start returns once the gateway serves.
func (p *process) start() {
	p.t.Helper()
	p.cmd = exec.Command(p.path, "serve", "--config", filepath.Join(p.dir, "config.toml"), "--data", filepath.Join(p.dir, "data"))
	log, err := os.OpenFile(filepath.Join(p.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		p.t.Fatal(err)
	}
	defer log.Close()
	p.cmd.Stderr = log
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	for s := bufio.NewScanner(out); s.Scan(); {
		fields := strings.Fields(s.Text())
		if len(fields) == 2 && fields[0] == "MQTT" {
			p.mqtt = strings.Replace(fields[1], "localhost", "127.0.0.1", 1)
		}
		if len(fields) > 0 && fields[0] == "try:" {
			return
		}
	}
	p.t.Fatalf("the gateway did not start:\n%s", p.log())
}

func (p *process) log() string {
	text, _ := os.ReadFile(filepath.Join(p.dir, "log"))
	return string(text)
}

// kill ends the gateway as a power cut would, as far as the process can tell.
func (p *process) kill() {
	if p.cmd != nil {
		_ = p.cmd.Process.Kill()
		_ = p.cmd.Wait()
		p.cmd = nil
	}
}

// publish publishes the numbers from..to to a topic with QoS 1, each after the acknowledgement of the one before.
func (p *process) publish(topic string, from, to int) {
	p.t.Helper()
	c := NewClient(p.mqtt, "publisher", ClientOptions{})
	connect(p.t, c)
	defer c.Close()
	for i := from; i <= to; i++ {
		if err := c.Publish(p.t.Context(), topic, []byte(strconv.Itoa(i)), 1, false); err != nil {
			p.t.Fatal(err)
		}
	}
}

// TestOutboxSurvivesKill kills the real program right after the last acknowledgement.
func TestOutboxSurvivesKill(t *testing.T) {
	m := startMosquitto(t, "")
	m.keep("site7/#")
	m.stop()
	p := newProcess(t, buildGateway(t), fmt.Sprintf(`
[[link]]
name = "house"
url = %q
topics = [ { filter = "home/#", direction = "out", qos = 1, remote_prefix = "site7/" } ]
`, m.url()))
	p.start()
	p.publish("home/x", 1, 60)
	p.kill()
	p.start()
	p.publish("home/x", 61, 100)
	p.kill()
	p.start()
	m.start()
	remote := m.kept("site7/#")
	for i := 1; i <= 100; i++ {
		if got, want := remote.message(), "site7/home/x "+strconv.Itoa(i); got != want {
			t.Fatalf("got %q, want %q\n%s", got, want, p.log())
		}
	}
	m.pub("site7/end", "end")
	if got := remote.message(); got != "site7/end end" {
		t.Errorf("then came %q", got)
	}
}
