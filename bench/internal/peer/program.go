package peer

import (
	"context"
	"path/filepath"
	"slices"

	"gateway/bench/internal/load"
)

// Program is a small server written in Go for this comparison.
type Program struct {
	Label  string // its name in the report
	Dir    string // of its module
	Pkg    string // of its main package, "./cmd/limit"
	Kinds  []load.Kind
	NoMQTT bool // it has no broker
	bin    string
}

// Name returns the label.
func (p *Program) Name() string { return p.Label }

// Suits tells whether the workload is one of Kinds.
func (p *Program) Suits(kind load.Kind) bool { return slices.Contains(p.Kinds, kind) }

// Build builds it.
func (p *Program) Build(ctx context.Context, tmp string) error {
	p.bin = filepath.Join(tmp, p.Label)
	return goBuild(ctx, p.Dir, p.bin, p.Pkg)
}

func (p *Program) command(kind load.Kind, a addresses) ([]string, string, error) {
	argv := []string{p.bin, "--http", a.http}
	if !p.NoMQTT {
		argv = append(argv, "--mqtt", a.mqtt)
	}
	return withRooms(argv, kind), "/", nil
}

// Programs are the servers that are built from the benchmark's own directory, dir: the gateway's socket.io server alone, one
// write for each delivery, and both lines of zishang520/socket.io.
func Programs(dir string) []Peer {
	bridges := []load.Kind{load.Fanout, load.Rooms}
	return []Peer{
		&Program{Label: "library", Dir: dir, Pkg: "./cmd/server", NoMQTT: true, Kinds: []load.Kind{load.Events, load.Idle}},
		// Not Calm and Slow: the first client that does not read would stop everything, as nothing bounds a write.
		&Program{Label: "limit", Dir: dir, Pkg: "./cmd/limit", Kinds: append(bridges, load.Upstream, load.Peak, load.Idle)},
		&Program{Label: "zishang2", Dir: filepath.Join(dir, "zishang2"), Pkg: ".", Kinds: bridges},
		&Program{Label: "zishang3", Dir: filepath.Join(dir, "zishang3"), Pkg: ".", Kinds: bridges},
	}
}
