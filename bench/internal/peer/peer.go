// Package peer builds, starts and ends the servers that are compared.
package peer

import (
	"context"

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
