package peer

import (
	"context"
	"os"
	"path/filepath"

	"gateway/bench/internal/load"
)

// Node is the bridge one would otherwise write.
type Node struct {
	Dir string // of bridge.js
}

// Name returns "node".
func (n *Node) Name() string { return "node" }

// Suits says no to Linger, which Node has not.
func (n *Node) Suits(kind load.Kind) bool { return kind != load.Linger }

// Build installs its packages, unless they are there.
func (n *Node) Build(ctx context.Context, _ string) error {
	if _, err := os.Stat(filepath.Join(n.Dir, "node_modules", "socket.io")); err == nil {
		return nil
	}
	return run(ctx, n.Dir, nil, "npm", "ci", "--silent")
}

func (n *Node) command(kind load.Kind, a addresses) ([]string, string, error) {
	argv := []string{"node", "--expose-gc", filepath.Join(n.Dir, "bridge.js"), "--http", port(a.http), "--mqtt", port(a.mqtt)}
	if kind == load.Events {
		argv = append(argv, "--count")
	}
	return withRooms(argv, kind), "/", nil
}

// withRooms has a server deliver to those who subscribed.
func withRooms(argv []string, kind load.Kind) []string {
	if kind == load.Rooms {
		return append(argv, "--rooms")
	}
	return argv
}
