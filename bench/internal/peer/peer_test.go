package peer

import (
	"context"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"gateway/bench/internal/load"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// small is a load that any machine bears.
func small(kind load.Kind) load.Spec {
	s := load.Spec{
		Kind: kind, Clients: 5, Topics: 5, Rate: 200, Size: 100,
		Warmup: 50 * time.Millisecond, Window: 200 * time.Millisecond, Drain: 10 * time.Second,
	}
	if kind == load.Slow {
		s.Stalled = 2
	}
	return s
}

// newLimit is a server that is soon built.
func newLimit() *Program { return program("limit") }

func program(name string) *Program {
	for _, p := range Programs("../..") {
		if p.Name() == name {
			return p.(*Program)
		}
	}
	return nil
}

// everything runs a small load on a server and asserts that nothing was lost.
func everything(ctx context.Context, t *testing.T, p Peer, kind load.Kind) load.Result {
	srv, err := Start(ctx, p, kind, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Stop()
	s := small(kind)
	r, err := load.Run(ctx, srv.Target, s)
	if err != nil {
		t.Fatal(err)
	}
	want := map[load.Kind]int64{load.Rooms: 40, load.Upstream: 40, load.Events: 40, load.Idle: 0}
	expected, ok := want[kind]
	if !ok {
		expected = 200
	}
	if r.Expected != expected || r.Delivered != expected {
		t.Errorf("delivered %d of %d, want %d", r.Delivered, r.Expected, expected)
	}
	if r.OutOfOrder != 0 || r.Lost != 0 || r.CutOff != 0 {
		t.Errorf("out of order %d, lost %d, cut off %d, want none", r.OutOfOrder, r.Lost, r.CutOff)
	}
	if r.RSS < 1 || r.Heap <= 0 {
		t.Errorf("server uses %v MiB, %v MiB of heap", r.RSS, r.Heap)
	}
	return r
}

func TestEveryWorkloadDeliversEverythingInOrder(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	for _, p := range []*Program{program("limit"), program("library")} {
		if err := p.Build(ctx, t.TempDir()); err != nil {
			t.Fatal(err)
		}
		for _, kind := range append(p.Kinds, load.Slow) {
			if kind != load.Slow || !p.NoMQTT {
				t.Run(p.Name()+" "+string(kind), func(t *testing.T) { everything(ctx, t, p, kind) })
			}
		}
	}
}

func TestGatewayTakesEveryWorkload(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	g := &Gateway{Label: "gateway", Root: "../../.."}
	if err := g.Build(ctx, t.TempDir()); err != nil {
		t.Fatal(err)
	}
	for _, kind := range load.Kinds() {
		if !g.Suits(kind) {
			continue
		}
		t.Run(string(kind), func(t *testing.T) {
			r := everything(ctx, t, g, kind)
			if kind == load.Idle && (r.GoroutinesPerConn <= 0 || r.HeapPerConn <= 0) {
				t.Errorf("%.2f goroutines and %.1f KiB for a connection", r.GoroutinesPerConn, r.HeapPerConn)
			}
			if kind == load.Linger && r.P50 < time.Millisecond {
				t.Errorf("half of all came within %v although the server waits 5 ms", r.P50)
			}
		})
	}
}

func TestStopEndsTheServerAndRemovesItsFiles(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	limit := newLimit()
	if err := limit.Build(ctx, t.TempDir()); err != nil {
		t.Fatal(err)
	}
	srv, err := Start(ctx, limit, load.Fanout, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	srv.Stop()
	if conn, err := net.Dial("tcp", srv.HTTP); err == nil {
		conn.Close()
		t.Error("still listens")
	}
	if _, err := os.Stat(srv.dir); !os.IsNotExist(err) {
		t.Errorf("its directory: %v, want it gone", err)
	}
}

// script is a peer that is a shell script.
type script string

func (script) Name() string                        { return "script" }
func (script) Suits(load.Kind) bool                { return true }
func (script) Build(context.Context, string) error { return nil }
func (s script) command(load.Kind, addresses) ([]string, string, error) {
	return []string{"sh", "-c", string(s)}, "/", nil
}

func TestStartTellsWhatAServerSaidBeforeItEnded(t *testing.T) {
	_, err := Start(t.Context(), script("echo no such key; exit 3"), load.Fanout, t.TempDir())
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{"script", "exit status 3", "no such key"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error %q does not tell %q", err, want)
		}
	}
}

func TestGatewayGetsItsAddressesAndTheMapping(t *testing.T) {
	dir := t.TempDir()
	g := &Gateway{Label: "gateway", Bin: "/bin/gateway"}
	for kind, want := range map[load.Kind]string{
		load.Fanout: "/bench", load.Linger: "/bench", load.Idle: "/bench", load.Slow: "/bench", load.Rooms: "/mqtt", load.Upstream: "/mqtt",
	} {
		argv, namespace, err := g.command(kind, addresses{http: "127.0.0.1:18090", mqtt: "127.0.0.1:11883", dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		if namespace != want {
			t.Errorf("%s: namespace %s, want %s", kind, namespace, want)
		}
		text, err := os.ReadFile(argv[3])
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range []string{`listen = "127.0.0.1:18090"`, `listen = "127.0.0.1:11883"`, `topic = "bench/{n}"`} {
			if !strings.Contains(string(text), line+"\n") {
				t.Errorf("%s: configuration lacks %s", kind, line)
			}
		}
		if lingers := strings.Contains(string(text), `linger = "5ms"`); lingers != (kind == load.Linger) {
			t.Errorf("%s: lingers: %v", kind, lingers)
		}
	}
}
