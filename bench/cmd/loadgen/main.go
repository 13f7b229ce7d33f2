// Command loadgen drives one running server with one workload: for a server on another machine, or under a profiler.
//
//	go run -C bench ./cmd/loadgen -w fanout -http pi.lan:8090 -mqtt pi.lan:1883 -namespace /bench
//	go run -C bench ./cmd/loadgen -w rooms -rate 5000 -namespace /mqtt -pid $(pidof gateway)
//
// Without -pid it reports no CPU time and no memory. Across machines the latencies are right all the same: both ends
// of a message are here.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"gateway/bench/internal/load"
	"gateway/bench/internal/report"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "loadgen:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout io.Writer) error {
	target, spec, err := parse(args)
	if err != nil {
		return err
	}
	drive := load.Run
	if spec.Kind == load.Peak {
		drive = load.FindPeak
	}
	res, err := drive(ctx, target, spec)
	if err != nil {
		return err
	}
	r := report.Report{Servers: []string{target.HTTP}, Kinds: []load.Kind{spec.Kind}}
	r.Add(target.HTTP, spec.Kind, res)
	_, err = fmt.Fprint(stdout, r.Table(target.HTTP))
	return err
}

// parse reads the command line: the standard workload, with what flags change of it.
func parse(args []string) (load.Target, load.Spec, error) {
	var t load.Target
	var s load.Spec
	f := flag.NewFlagSet("loadgen", flag.ContinueOnError)
	kind := f.String("w", "fanout", fmt.Sprintf("workload, of %q", load.Kinds()))
	f.StringVar(&t.HTTP, "http", "127.0.0.1:8090", "host:port for socket.io")
	f.StringVar(&t.MQTT, "mqtt", "127.0.0.1:1883", "host:port for MQTT")
	f.StringVar(&t.Path, "path", "/socket.io/", "Engine.IO path")
	f.StringVar(&t.Namespace, "namespace", "/", "namespace that has the workload's events")
	f.IntVar(&t.PID, "pid", 0, "process id of the server, if it is on this machine")
	f.IntVar(&s.Clients, "n", 0, "socket.io clients (0: as usual)")
	f.IntVar(&s.Rate, "rate", 0, "messages a second (0: as usual)")
	f.IntVar(&s.Size, "size", 0, "payload bytes (0: as usual)")
	f.DurationVar(&s.Window, "window", 0, "measured time (0: as usual)")
	if err := f.Parse(args); err != nil {
		return t, s, err
	}
	usual, err := load.Standard(load.Kind(*kind), 2000, false)
	return t, override(usual, s), err
}

// override returns the usual workload with what is set in s.
func override(usual, s load.Spec) load.Spec {
	for _, v := range []struct{ to, from *int }{{&usual.Clients, &s.Clients}, {&usual.Rate, &s.Rate}, {&usual.Size, &s.Size}} {
		if *v.from != 0 {
			*v.to = *v.from
		}
	}
	if s.Window != 0 {
		usual.Window = s.Window
	}
	if usual.Kind == load.Rooms || usual.Kind == load.Upstream || usual.Kind == load.Events { // a topic for each client
		usual.Topics = usual.Clients
	}
	return usual
}
