// Command compare runs the gateway, the Node bridge, the limit server and others against each other, turn by turn under
// the same load, and prints one table, and which of the project's targets were met. With -baseline it compares two builds of the gateway instead.
//
//	go run -C bench ./cmd/compare                    everything, nine minutes or so
//	go run -C bench ./cmd/compare -quick             a minute and a half
//	go run -C bench ./cmd/compare -o ../docs/benchmarks.md
//	go run -C bench ./cmd/compare -baseline /tmp/gateway-before -max-growth 15
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"gateway/bench/internal/load"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// options are the command line.
type options struct {
	quick     bool
	rounds    int
	idle      int
	quiet     time.Duration
	root      string
	gateway   string
	baseline  string
	maxGrowth float64
	servers   []string
	workloads []string
	output    string
}

func parse(args []string, stderr io.Writer) (o options, err error) {
	f := flag.NewFlagSet("compare", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.BoolVar(&o.quick, "quick", false, "one short round without peak, zishang2 and zishang3: a minute and a half in all")
	f.IntVar(&o.rounds, "rounds", 0, "turns of each server, from whose figures the median is taken (default 3; 5 with -baseline, 1 with -quick)")
	f.IntVar(&o.idle, "idle-n", 5000, "connections in the workload idle")
	f.DurationVar(&o.quiet, "quiet", 0, "await a quiet machine before each run, at most this long")
	f.StringVar(&o.root, "root", "..", "`directory` of the gateway's module")
	f.StringVar(&o.gateway, "gateway", "", "gateway `binary`; built from -root if empty")
	f.StringVar(&o.baseline, "baseline", "", "another gateway `binary`, of an earlier commit; compared with instead of node and limit")
	f.Float64Var(&o.maxGrowth, "max-growth", 15, "with -baseline: fail if a workload costs more than this many `percent` more")
	f.StringVar(&o.output, "o", "", "write the report to this `file` too, as Markdown")
	servers := f.String("servers", "", "comma-separated: gateway, library, node, limit, zishang3, zishang2, baseline (default all but baseline; gateway and baseline with -baseline)")
	workloads := f.String("workloads", "", fmt.Sprintf("comma-separated, of %q (default all)", load.Kinds()))
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if f.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q", f.Arg(0))
	}
	if o.rounds <= 0 {
		o.rounds = o.usualRounds()
	}
	o.servers, o.workloads = split(*servers), split(*workloads)
	return o, nil
}

// usualRounds: a few percent between two builds need more runs than a factor between two servers.
func (o options) usualRounds() int {
	switch {
	case o.quick:
		return 1
	case o.baseline != "":
		return 5
	}
	return 3
}

func split(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' })
}

// run is main, with what it touches as parameters. It returns the exit code: 1 if something failed or grew too much,
// 2 for a wrong command line.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parse(args, stderr)
	if err != nil {
		fmt.Fprintln(stderr, "compare:", err)
		return 2
	}
	tmp, err := os.MkdirTemp("", "gateway-bench-")
	if err != nil {
		fmt.Fprintln(stderr, "compare:", err)
		return 1
	}
	defer os.RemoveAll(tmp)
	c := comparison{options: o, tmp: tmp, log: slog.New(slog.NewTextHandler(stderr, nil))}
	if err := c.run(ctx, stdout); err != nil {
		fmt.Fprintln(stderr, "compare:", err)
		return 1
	}
	return 0
}
