// Package peer builds, starts and ends the servers that are compared.
package peer

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"gateway/bench/internal/load"
)

// A Peer is a server that can be compared with others.
type Peer interface {
	// Name is its name in the report.
	Name() string
	// Suits says whether the workload makes sense with it.
	Suits(kind load.Kind) bool
	// Build makes it ready to start; tmp is a directory for what it builds.
	Build(ctx context.Context, tmp string) error
	// command returns how to start it for one workload, and the namespace where that workload's events are.
	command(kind load.Kind, a addresses) (argv []string, namespace string, err error)
}

// addresses are what one server gets to work with.
type addresses struct {
	http, mqtt string // host:port, free
	dir        string // an empty directory
}

// Gateway is the project's own server.
type Gateway struct {
	Label string // its name in the report
	Root  string // directory of its module, to build it from
	Bin   string // binary; empty builds one
}

// Name returns the label.
func (g *Gateway) Name() string { return g.Label }

// Suits says yes.
func (g *Gateway) Suits(load.Kind) bool { return true }

// Build builds bin, unless there is one.
func (g *Gateway) Build(ctx context.Context, tmp string) (err error) {
	if g.Bin != "" {
		if g.Bin, err = filepath.Abs(g.Bin); err != nil {
			return err
		}
		_, err = os.Stat(g.Bin)
		return err
	}
	g.Bin = filepath.Join(tmp, "gateway")
	return goBuild(ctx, g.Root, g.Bin, "./cmd/gateway")
}

// config is the gateway's configuration: defaults but for addresses and one rule.
const config = `data_dir = %q

[http]
listen = %q

[mqtt]
listen = %q
websocket_listen = ""

[[mapping]]
name = "bench"
topic = "bench/{n}"
namespace = "/bench"
event = "message"
payload = "text"
direction = "mqtt_to_socketio"
`

func (g *Gateway) command(kind load.Kind, a addresses) ([]string, string, error) {
	file := filepath.Join(a.dir, "config.toml")
	text := fmt.Sprintf(config, filepath.Join(a.dir, "data"), a.http, a.mqtt)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return nil, "", err
	}
	namespace := "/bench"
	if kind == load.Rooms || kind == load.Upstream {
		namespace = "/mqtt"
	}
	return []string{g.Bin, "serve", "--config", file}, namespace, nil
}

// Node is the bridge one would otherwise write.
type Node struct {
	Dir string // of bridge.js
}

// Name returns "node".
func (n *Node) Name() string { return "node" }

// Suits says yes.
func (n *Node) Suits(load.Kind) bool { return true }

// Build installs its packages, unless they are there.
func (n *Node) Build(ctx context.Context, _ string) error {
	if _, err := os.Stat(filepath.Join(n.Dir, "node_modules", "socket.io")); err == nil {
		return nil
	}
	return run(ctx, n.Dir, nil, "npm", "ci", "--silent")
}

func (n *Node) command(kind load.Kind, a addresses) ([]string, string, error) {
	argv := []string{"node", filepath.Join(n.Dir, "bridge.js"), "--http", port(a.http), "--mqtt", port(a.mqtt)}
	return withRooms(argv, kind), "/", nil
}

// Limit is cmd/limit.
type Limit struct {
	Dir string // of the benchmark's module
	bin string
}

// Name returns "limit".
func (l *Limit) Name() string { return "limit" }

// Suits says no to Slow: the first client that does not read would stop everything, as nothing bounds a write.
func (l *Limit) Suits(kind load.Kind) bool { return kind != load.Slow }

// Build builds it.
func (l *Limit) Build(ctx context.Context, tmp string) error {
	l.bin = filepath.Join(tmp, "limit")
	return goBuild(ctx, l.Dir, l.bin, "./cmd/limit")
}

func (l *Limit) command(kind load.Kind, a addresses) ([]string, string, error) {
	return withRooms([]string{l.bin, "--http", a.http, "--mqtt", a.mqtt}, kind), "/", nil
}

func withRooms(argv []string, kind load.Kind) []string {
	if kind == load.Rooms {
		return append(argv, "--rooms")
	}
	return argv
}
