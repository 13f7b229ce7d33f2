package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"gateway/bench/internal/load"
	"gateway/bench/internal/peer"
	"gateway/bench/internal/proc"
	"gateway/bench/internal/report"
)

// comparison is one call of the command.
type comparison struct {
	options
	tmp    string
	log    *slog.Logger
	peers  []peer.Peer
	specs  []load.Spec
	report report.Report
	failed []string // runs of other servers that failed
}

func (c *comparison) run(ctx context.Context, stdout io.Writer) error {
	if err := c.choose(); err != nil {
		return err
	}
	for _, p := range c.peers {
		if err := p.Build(ctx, c.tmp); err != nil {
			return fmt.Errorf("build %s: %w", p.Name(), err)
		}
	}
	failed := c.measure(ctx)
	return errors.Join(failed, c.print(ctx, stdout))
}

// measure makes all runs. One that fails does not keep the others from being reported; with a server that is not the
// project's it is no failure of this command, but part of the report.
func (c *comparison) measure(ctx context.Context) error {
	var errs []error
	for _, group := range groups(c.specs) {
		for round := range c.rounds {
			for _, s := range group {
				if round > 0 {
					s.Settle = 0 // memory varies little, and this takes long
				}
				if round == 0 || s.Kind.Repeats() {
					errs = append(errs, c.turn(ctx, s, round)...)
				}
			}
		}
	}
	return errors.Join(append(errs, ctx.Err())...)
}

// groups puts together what is compared with each other, so that these runs alternate.
func groups(specs []load.Spec) (all [][]load.Spec) {
	for _, s := range specs {
		if last := len(all) - 1; last >= 0 && all[last][0].Kind.With(s.Kind) {
			all[last] = append(all[last], s)
			continue
		}
		all = append(all, []load.Spec{s})
	}
	return all
}

// turn lets one server after the other do one workload.
func (c *comparison) turn(ctx context.Context, s load.Spec, round int) (errs []error) {
	for _, p := range c.peers {
		if ctx.Err() != nil {
			return errs
		}
		if !p.Suits(s.Kind) {
			continue
		}
		err := c.once(ctx, p, s, round)
		switch {
		case err == nil:
		case slices.Contains([]string{"gateway", "library", "baseline"}, p.Name()) || ctx.Err() != nil:
			errs = append(errs, err)
		default:
			c.log.Warn("run failed", "error", err)
			c.failed = append(c.failed, err.Error())
		}
	}
	return errs
}

// choose fills peers and specs as the command line says.
func (c *comparison) choose() error {
	known := map[string]peer.Peer{
		"gateway": &peer.Gateway{Label: "gateway", Root: c.root, Bin: c.gateway},
		"node":    &peer.Node{Dir: absolute("nodebridge")},
	}
	for _, p := range peer.Programs(absolute(".")) {
		known[p.Name()] = p
	}
	names := []string{"gateway", "library", "node", "limit"}
	if !c.quick {
		names = append(names, "zishang3", "zishang2")
	}
	if c.baseline != "" {
		known["baseline"] = &peer.Gateway{Label: "baseline", Bin: c.baseline}
		names = []string{"gateway", "baseline"}
	}
	if len(c.servers) > 0 {
		names = c.servers
	}
	for _, name := range names {
		p, ok := known[name]
		if !ok {
			return fmt.Errorf("unknown server %q (baseline needs -baseline)", name)
		}
		c.peers = append(c.peers, p)
		c.report.Servers = append(c.report.Servers, name)
	}
	return c.chooseWorkloads()
}

func (c *comparison) chooseWorkloads() error {
	kinds := load.Kinds()
	if c.baseline != "" { // the others are to be compared with themselves
		kinds = slices.DeleteFunc(kinds, func(k load.Kind) bool { return k == load.Peak || k == load.Calm || k == load.Events })
	}
	if c.quick {
		kinds = slices.DeleteFunc(kinds, func(k load.Kind) bool { return k == load.Peak })
	}
	if len(c.workloads) > 0 {
		kinds = nil
		for _, w := range c.workloads {
			kinds = append(kinds, load.Kind(w))
		}
	}
	for _, kind := range kinds {
		s, err := load.Standard(kind, c.idle, c.quick)
		if err != nil {
			return err
		}
		c.specs = append(c.specs, s)
	}
	c.report.Kinds = kinds
	return nil
}

// once starts one server afresh, so that none inherits what a run before it left, and drives it with one workload.
func (c *comparison) once(ctx context.Context, p peer.Peer, s load.Spec, round int) error {
	if c.quiet > 0 {
		if err := awaitQuiet(ctx, c.quiet); err != nil {
			return err
		}
	}
	srv, err := peer.Start(ctx, p, s.Kind, c.tmp)
	if err != nil {
		return err
	}
	defer srv.Stop()
	run := load.Run
	if s.Kind == load.Peak {
		run = load.FindPeak
	}
	res, err := run(ctx, srv.Target, s)
	if err != nil {
		return fmt.Errorf("%s: %w", p.Name(), err)
	}
	c.log.Info("run", "workload", s.Kind, "server", p.Name(), "round", round+1, "cost", fmt.Sprintf("%.1f", report.Cost(s.Kind, res)),
		"delivered", res.Delivered, "expected", res.Expected, "per_second", int(res.PerSecond), "p99", res.P99,
		"generator", fmt.Sprintf("%.2f", res.GeneratorShare), "others", fmt.Sprintf("%.2f", res.OtherShare))
	c.report.Add(p.Name(), s.Kind, res)
	return nil
}

func (c *comparison) print(ctx context.Context, stdout io.Writer) error {
	to := "node"
	if c.baseline != "" {
		to = "baseline"
	}
	table := c.report.Table(to)
	if targets := c.report.Targets(); targets != "" && c.baseline == "" {
		table += "\nTargets:\n\n" + targets
	}
	if doubts := c.report.Doubts(); doubts != "" {
		table += "\n" + doubts
	}
	if len(c.failed) > 0 {
		table += "\nRuns that failed:\n\n- " + strings.Join(c.failed, "\n- ") + "\n"
	}
	fmt.Fprintln(stdout, table)
	if c.output != "" {
		text := report.Markdown(table, proc.Describe(ctx), time.Now(), c.specs, c.rounds)
		if err := os.WriteFile(c.output, []byte(text), 0o644); err != nil {
			return err
		}
	}
	if c.baseline != "" {
		return c.report.CheckGrowth("gateway", "baseline", c.maxGrowth)
	}
	return nil
}

// absolute is for what is started in another directory. The working directory is known, or nothing works anyway.
func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}
