// Command wear measures how much the gateway writes to its disk in a day, under the loads of a home, and prints a table.
//
//	go run -C bench ./cmd/wear -gateway ../bin/gateway                   two and a half minutes
//	go run -C bench ./cmd/wear -for 20m -o ../docs/benchmarks.md
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"gateway/bench/internal/proc"
	"gateway/bench/internal/wear"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// usualWindow has in each half two of the hundred commands of an hour, and as many whole flush intervals.
const usualWindow = 150 * time.Second

// run is main, with what it touches as parameters. It returns the exit code: 1 if something failed, 2 for a wrong command line. Whether
// targets were met is in the table.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	f := flag.NewFlagSet("wear", flag.ContinueOnError)
	f.SetOutput(stderr)
	window := f.Duration("for", usualWindow, "how long to measure; the loads run side by side")
	gateway := f.String("gateway", "../bin/gateway", "gateway `binary`")
	output := f.String("o", "", "put the table into this `file` too")
	if err := f.Parse(args); err != nil || f.NArg() > 0 || *window < 20*time.Second {
		fmt.Fprintln(stderr, "wear: no arguments but flags, and -for at least 20s")
		return 2
	}
	results, err := measure(ctx, *gateway, *window)
	if err == nil {
		section := wear.Section(results, proc.Describe(ctx).String(), time.Now())
		fmt.Fprintln(stdout, section)
		err = write(*output, section)
	}
	if err != nil {
		fmt.Fprintln(stderr, "wear:", err)
		return 1
	}
	return 0
}

// measure runs all loads side by side, each with a gateway of its own.
func measure(ctx context.Context, gateway string, window time.Duration) ([]wear.Result, error) {
	bin, err := filepath.Abs(gateway)
	if err != nil {
		return nil, err
	}
	tmp, err := os.MkdirTemp("", "gateway-wear-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(tmp)
	loads := wear.Loads()
	results := make([]wear.Result, len(loads))
	group, ctx := errgroup.WithContext(ctx)
	for i, l := range loads {
		group.Go(func() (err error) {
			results[i], err = wear.Run(ctx, bin, tmp, l, window)
			return err
		})
	}
	return results, group.Wait()
}

func write(file, section string) error {
	if file == "" {
		return nil
	}
	document, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	return os.WriteFile(file, []byte(wear.Replace(string(document), section)), 0o644)
}
