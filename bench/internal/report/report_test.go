package report

import (
	"strings"
	"testing"
	"time"

	"gateway/bench/internal/load"
	"gateway/bench/internal/proc"
)

// sample has three runs of two servers: a costs 4 us, b 8 us in the median.
func sample() *Report {
	r := &Report{Servers: []string{"a", "b"}, Kinds: []load.Kind{load.Fanout, load.Idle}}
	for _, us := range []int{3, 100, 4} {
		r.Add("a", load.Fanout, load.Result{CPUPerEvent: time.Duration(us) * time.Microsecond, Expected: 10, Delivered: 9, OutOfOrder: 1, GeneratorShare: 0.95})
		r.Add("b", load.Fanout, load.Result{CPUPerEvent: time.Duration(2*us) * time.Microsecond, Expected: 10, Delivered: 10})
	}
	r.Add("a", load.Idle, load.Result{HeapPerConn: 12})
	return r
}

func TestMedianTakesTheMiddleAndAddsUpWhatMustNotBe(t *testing.T) {
	m, ok := sample().Median("a", load.Fanout)
	if !ok || m.CPUPerEvent != 4*time.Microsecond {
		t.Errorf("CPU per event %v, want 4us", m.CPUPerEvent)
	}
	if m.OutOfOrder != 3 || m.Expected != 30 || m.Delivered != 27 {
		t.Errorf("out of order %d, delivered %d of %d; want 3, 27 of 30", m.OutOfOrder, m.Delivered, m.Expected)
	}
}

func TestTable(t *testing.T) {
	lines := strings.Split(strings.TrimSpace(sample().Table("b")), "\n")
	if len(lines) != 8 { // head, rule, a and b with fanout; empty line; head, rule, a with idle
		t.Fatalf("%d lines:\n%s", len(lines), strings.Join(lines, "\n"))
	}
	for i, line := range lines {
		if first := lines[i/5*5]; line != "" && len(line) != len(first) {
			t.Errorf("line %d is not aligned: %s", i, line)
		}
	}
	for i, want := range map[int][]string{
		2: {"| fanout ", "| a ", " 4.0 ", "(generator busy)", " 90.00 ", " 0.50 |"},
		3: {"| b ", " 8.0 ", " 100.00 ", " 1.00 |"},
		7: {"| idle ", " 12.0 ", " - |"}, // b did not run it
	} {
		for _, w := range want {
			if !strings.Contains(lines[i], w) {
				t.Errorf("line %d lacks %q: %s", i, w, lines[i])
			}
		}
	}
}

func TestCheckGrowth(t *testing.T) {
	r := sample()
	r.Kinds = r.Kinds[:1] // b has no run of the other
	if err := r.CheckGrowth("a", "b", 15); err != nil {
		t.Errorf("cheaper: %v", err)
	}
	err := r.CheckGrowth("b", "a", 15)
	if err == nil || !strings.Contains(err.Error(), "fanout: b costs 100 % more than a") {
		t.Errorf("twice as expensive: %v", err)
	}
	if err := r.CheckGrowth("b", "a", 150); err != nil {
		t.Errorf("allowed: %v", err)
	}
}

func TestCheckGrowthTrustsOnlyUndisturbedRounds(t *testing.T) {
	r := &Report{Servers: []string{"a", "b"}, Kinds: []load.Kind{load.Fanout}}
	r.Add("a", load.Fanout, load.Result{CPUPerEvent: 9 * time.Microsecond, OtherShare: 1.2})
	r.Add("b", load.Fanout, load.Result{CPUPerEvent: 2 * time.Microsecond})
	if err := r.CheckGrowth("a", "b", 15); err == nil || !strings.Contains(err.Error(), "undisturbed") {
		t.Errorf("only a disturbed round: %v", err)
	}
	if !strings.Contains(r.Doubts(), "In 1 runs") {
		t.Errorf("doubts %q", r.Doubts())
	}
	r.Add("a", load.Fanout, load.Result{CPUPerEvent: 2 * time.Microsecond})
	r.Add("b", load.Fanout, load.Result{CPUPerEvent: 2 * time.Microsecond})
	if err := r.CheckGrowth("a", "b", 15); err != nil {
		t.Errorf("an undisturbed round without growth: %v", err)
	}
}

func TestRatioComparesRoundByRound(t *testing.T) {
	r := &Report{Servers: []string{"a", "b"}, Kinds: []load.Kind{load.Fanout}}
	for _, us := range [][2]int{{10, 10}, {22, 20}, {33, 30}} { // the machine gets slower; a costs 0 to 10 % more
		r.Add("a", load.Fanout, load.Result{CPUPerEvent: time.Duration(us[0]) * time.Microsecond})
		r.Add("b", load.Fanout, load.Result{CPUPerEvent: time.Duration(us[1]) * time.Microsecond})
	}
	if got, ok := r.Ratio(load.Fanout, "a", "b"); !ok || got < 1.09 || got > 1.11 {
		t.Errorf("ratio %v, %v, want 1.1", got, ok)
	}
	if _, ok := r.Ratio(load.Rooms, "a", "b"); ok {
		t.Error("a workload that did not run has a ratio")
	}
}

func TestMarkdownNamesMachineAndLoad(t *testing.T) {
	spec, err := load.Standard(load.Fanout, 0, false)
	if err != nil {
		t.Fatal(err)
	}
	m := proc.Machine{CPU: "Board 4", Cores: 4, Kernel: "6.1", Go: "1.26", Node: "20.1"}
	got := Markdown("TABLE\n", m, time.Date(2026, 11, 24, 23, 0, 0, 0, time.UTC), []load.Spec{spec}, 3)
	for _, want := range []string{"2026-11-24. Board 4, 4 cores, Linux 6.1, Go 1.26, Node 20.1.", "Medians of 3 runs", "\nTABLE\n", "500 clients, all get each of 150 messages/s"} {
		if !strings.Contains(got, want) {
			t.Errorf("lacks %q:\n%s", want, got)
		}
	}
}
