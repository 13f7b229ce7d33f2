package link

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// patience is for events that are certain to come.
var patience = 20 * time.Second

func TestMain(m *testing.M) {
	if long() {
		patience = 5 * time.Minute
	}
	code := m.Run()
	if builtIn != "" {
		_ = os.RemoveAll(builtIn)
	}
	if err := leaks(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// leaks waits for paho, whose goroutines may go on for the length of a write after a connection broke.
func leaks() (err error) {
	for end := time.Now().Add(2 * defaultTiming().call); time.Now().Before(end); {
		if err = goleak.Find(); err == nil {
			return nil
		}
	}
	return err
}

// mosquitto is Debian's broker on a port of its own.
type mosquitto struct {
	t    *testing.T
	port string
	dir  string
	conf string
	cmd  *exec.Cmd
}

// startMosquitto runs a broker that keeps its sessions over a restart. extra goes into its configuration; "" lets everybody in.
func startMosquitto(t *testing.T, extra string) *mosquitto {
	t.Helper()
	m := &mosquitto{t: t, dir: t.TempDir(), port: freePort(t)}
	if extra == "" {
		extra = "allow_anonymous true"
	}
	m.conf = filepath.Join(m.dir, "mosquitto.conf")
	text := fmt.Sprintf("listener %s 127.0.0.1\npersistence true\npersistence_location %s/\nuser root\nmax_queued_messages 0\n%s\n",
		m.port, m.dir, extra)
	if err := os.WriteFile(m.conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	m.start()
	t.Cleanup(m.stop)
	return m
}

// freePort returns a port that nothing listens on, below those that the system gives to outgoing connections: these would be in the
// way again before whoever is to listen there does.
func freePort(t *testing.T) string {
	t.Helper()
	for range 100 {
		port := strconv.Itoa(12_000 + rand.IntN(20_000))
		ln, err := net.Listen("tcp", "127.0.0.1:"+port)
		if err == nil {
			ln.Close()
			return port
		}
	}
	t.Fatal("no port is free")
	return ""
}

// tool finds one of Debian's programs; mosquitto itself is in /usr/sbin, which not every PATH has.
func tool(t *testing.T, name string) string {
	t.Helper()
	for _, path := range []string{name, "/usr/sbin/" + name} {
		if found, err := exec.LookPath(path); err == nil {
			return found
		}
	}
	t.Fatalf("these tests need %s, from Debian's packages mosquitto and mosquitto-clients", name)
	return ""
}

func (m *mosquitto) url() string { return "mqtt://127.0.0.1:" + m.port }

func (m *mosquitto) start() {
	m.t.Helper()
	m.cmd = exec.Command(tool(m.t, "mosquitto"), "-c", m.conf)
	if err := m.cmd.Start(); err != nil {
		m.t.Fatal(err)
	}
	eventually(m.t, "mosquitto listens", func() bool {
		nc, err := net.Dial("tcp", "127.0.0.1:"+m.port)
		if err == nil {
			nc.Close()
		}
		return err == nil
	})
}

// stop ends the broker in good order, so that it saves its sessions.
func (m *mosquitto) stop() {
	if m.cmd == nil {
		return
	}
	_ = m.cmd.Process.Signal(os.Interrupt)
	_ = m.cmd.Wait()
	m.cmd = nil
}

// pub publishes with mosquitto_pub.
func (m *mosquitto) pub(topic, payload string, args ...string) {
	m.t.Helper()
	args = append([]string{"-p", m.port, "-q", "1", "-t", topic, "-m", payload}, args...)
	if out, err := exec.Command(tool(m.t, "mosquitto_pub"), args...).CombinedOutput(); err != nil {
		m.t.Fatalf("mosquitto_pub: %v\n%s", err, out)
	}
}

// sub collects with mosquitto_sub: lines of "topic payload". It returns once the subscription stands.
func (m *mosquitto) sub(filter string) *collector {
	m.t.Helper()
	m.pub("ready", "now", "-r") // tells that the subscription stands
	c := m.collect("-t", filter, "-t", "ready")
	if got := c.next(); got != "ready now" {
		m.t.Fatalf("mosquitto_sub says %q", got)
	}
	return c
}

// collect runs mosquitto_sub with more arguments until the test ends.
func (m *mosquitto) collect(args ...string) *collector {
	m.t.Helper()
	c := &collector{t: m.t, lines: make(chan string, 10_000)}
	out := &lineWriter{lines: c.lines}
	cmd := exec.Command(tool(m.t, "mosquitto_sub"), append([]string{"-p", m.port, "-q", "1", "-F", "%t %p"}, args...)...)
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		m.t.Fatal(err)
	}
	m.t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return c
}

// keep opens a session that keeps what the filter matches from now on, even while nobody reads it, for kept to read.
func (m *mosquitto) keep(filter string) {
	m.t.Helper()
	cmd := exec.Command(tool(m.t, "mosquitto_sub"), "-p", m.port, "-q", "1", "-c", "-i", "keeper", "-t", filter, "-E")
	if out, err := cmd.CombinedOutput(); err != nil {
		m.t.Fatalf("mosquitto_sub: %v\n%s", err, out)
	}
}

// kept reads what keep's session has and gets.
func (m *mosquitto) kept(filter string) *collector {
	m.t.Helper()
	return m.collect("-c", "-i", "keeper", "-t", filter)
}

type collector struct {
	t     *testing.T
	lines chan string
}

func (c *collector) next() string {
	c.t.Helper()
	select {
	case line := <-c.lines:
		return line
	case <-time.After(patience):
		c.t.Fatal("mosquitto_sub says nothing")
		return ""
	}
}

// message returns the next message as "topic payload".
func (c *collector) message() string {
	c.t.Helper()
	for {
		if text := c.next(); text != "ready now" {
			return text
		}
	}
}

type lineWriter struct {
	rest  string
	lines chan string
}

func (w *lineWriter) Write(p []byte) (int, error) {
	w.rest += string(p)
	for {
		line, rest, ok := strings.Cut(w.rest, "\n")
		if !ok {
			return len(p), nil
		}
		w.lines <- line
		w.rest = rest
	}
}

// eventually waits for a state that nothing announces.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}
