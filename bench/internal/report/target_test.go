package report

import (
	"strings"
	"testing"
	"time"

	"gateway/bench/internal/load"
)

// costs is a run with n microseconds for each event.
func costs(n float64) load.Result {
	return load.Result{CPUPerEvent: time.Duration(n * float64(time.Microsecond))}
}

func TestTargetsTellMetFromMissed(t *testing.T) {
	var r Report
	r.Add("node", load.Fanout, costs(10))
	r.Add("gateway", load.Fanout, costs(6.2))
	r.Add("gateway", load.Linger, costs(6)) // compared with fanout
	r.Add("gateway", load.Peak, load.Result{PerSecond: 400_000})
	r.Add("node", load.Peak, load.Result{PerSecond: 100_000})
	r.Add("gateway", load.Idle, load.Result{HeapPerConn: 8.5, GoroutinesPerConn: 1})
	r.Add("gateway", load.Calm, load.Result{P99: 10 * time.Millisecond, Settled: 10})
	r.Add("gateway", load.Slow, load.Result{P99: 11 * time.Millisecond, Settled: 30})
	got := r.Targets()
	for _, want := range []string{
		"- fanout: CPU per event, gateway: 0.62 of node, target at most 0.75: met\n",
		"- linger: CPU per event, gateway: 0.60 of node, target at most 0.5: MISSED\n",
		"- peak: deliveries/s, gateway: 4.00 of node, target at least 3: met\n",
		"- idle: heap and stacks per connection, gateway: 8.50 KiB, target at most 8: MISSED\n",
		"- idle: goroutines per connection, gateway: 1.00, target at most 1.05: met\n",
		"- slow: p99, gateway: 1.10 of calm, target at most 1.2: met\n",
		"- slow: heap more than in calm, gateway: 20.00 MiB, target at most 16: MISSED\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("lacks %q:\n%s", want, got)
		}
	}
	if n := strings.Count(got, "\n"); n != 7 {
		t.Errorf("%d lines, want those with a measurement only:\n%s", n, got)
	}
}

func TestTargetAtLeastIsMissedBelow(t *testing.T) {
	var r Report
	r.Add("gateway", load.Peak, load.Result{PerSecond: 200_000})
	r.Add("node", load.Peak, load.Result{PerSecond: 100_000})
	if got := r.Targets(); !strings.Contains(got, "2.00 of node, target at least 3: MISSED") {
		t.Errorf("targets: %s", got)
	}
}

func TestTargetsAreJudgedByUndisturbedRounds(t *testing.T) {
	var r Report
	disturbed := costs(1)
	disturbed.OtherShare = 1
	r.Add("gateway", load.Fanout, disturbed)
	r.Add("node", load.Fanout, costs(10))
	if got := r.Targets(); !strings.Contains(got, "0.10 of node, target at most 0.75: met (other processes disturbed)") {
		t.Errorf("no other round: %s", got)
	}
	for range 2 { // the median of all would be the disturbed one
		r.Add("gateway", load.Fanout, disturbed)
		r.Add("node", load.Fanout, costs(10))
	}
	r.Add("gateway", load.Fanout, costs(8))
	r.Add("node", load.Fanout, costs(10))
	if got := r.Targets(); !strings.Contains(got, "0.80 of node, target at most 0.75: MISSED\n") {
		t.Errorf("one undisturbed round: %s", got)
	}
}
