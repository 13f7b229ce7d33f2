package wear

import (
	"io"
	"math"
	"net"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"gateway/bench/internal/mqtt"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestADay(t *testing.T) {
	r := Result{Load: Load{Target: 0.25, Hope: 0.2}, Half: time.Minute, Log: 100_000, Both: 150_000}
	// 1440 minutes of 100,000 bytes, and 144 checkpoints of 50,000
	if got := r.PerDay(); math.Abs(got-0.1512) > 1e-9 {
		t.Errorf("%v GB a day, want 0.1512", got)
	}
	for log, want := range map[int64]string{100_000: "met, and 0.2 too", 160_000: "met", 200_000: "MISSED"} {
		r.Log, r.Both = log, log
		if got := r.verdict(); got != want {
			t.Errorf("%.3f GB a day: %s, want %s", r.PerDay(), got, want)
		}
	}
	if r.Both = 0; r.Checkpoint() != 0 {
		t.Errorf("a checkpoint of %d bytes", r.Checkpoint())
	}
}

func TestTheSectionTakesThePlaceOfAnEarlierOne(t *testing.T) {
	first := Section([]Result{{Load: Load{Name: "calm"}, Half: time.Minute}}, "this machine", time.Unix(0, 0))
	second := Section([]Result{{Load: Load{Name: "storm"}, Half: time.Minute}}, "this machine", time.Unix(0, 0))
	for _, rest := range []string{"", "\n## Another\n\ntext\n"} {
		document := Replace("# Benchmarks\n", first) + rest
		got := Replace(document, second)
		if want := "# Benchmarks\n\n" + second + rest; got != want {
			t.Errorf("with %q behind it:\n%s", rest, got)
		}
	}
}

func TestFind(t *testing.T) {
	const text = "# HELP b x\nbolt_total 3\nbolt 4096\n"
	var bolt, log float64
	if err := find(strings.NewReader(text), map[string]*float64{"bolt": &bolt}); err != nil || bolt != 4096 {
		t.Errorf("got %v, %v", bolt, err)
	}
	if err := find(strings.NewReader(text), map[string]*float64{"bolt": &bolt, "log": &log}); err == nil || !strings.Contains(err.Error(), "[log]") {
		t.Errorf("found what is not there: %v", err)
	}
}

// TestWhatIsDueIsSent counts packets instead of waiting.
func TestWhatIsDueIsSent(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	go func() {
		conn, err := ln.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		_, _ = conn.Write([]byte{0x20, 2, 0, 0}) // CONNACK
		_, _ = io.Copy(io.Discard, conn)
	}()
	sender, err := mqtt.Dial(t.Context(), ln.Addr().String(), "board")
	if err != nil {
		t.Fatal(err)
	}
	defer sender.Close()
	d := driver{load: Loads()[0], sender: sender}
	for _, c := range []struct {
		passed   time.Duration
		updates  int64
		commands int
	}{{50 * time.Millisecond, 0, 0}, {time.Second, 10, 0}, {17 * time.Second, 170, 0}, {18 * time.Second, 180, 1}, {144 * time.Second, 1440, 4}} {
		if err := d.send(c.passed); err != nil {
			t.Fatal(err)
		}
		if d.updates != c.updates || d.commands != c.commands {
			t.Errorf("after %v: %d updates and %d commands, want %d and %d", c.passed, d.updates, d.commands, c.updates, c.commands)
		}
	}
	if n := len(d.payload()); n != payloadSize {
		t.Errorf("payload of %d bytes", n)
	}
}
