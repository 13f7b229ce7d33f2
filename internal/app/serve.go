// Package app wires the gateway's parts together; it is the only package that imports everything.
package app

import (
	"context"
	"errors"
	"io"
)

// Options say what to serve.
type Options struct {
	ConfigPath string          // the file that Config came from, for reloads; empty without one
	Demo       bool            // run the simulated devices and their mappings
	Version    string          // shown to people
	Stdout     io.Writer       // the few lines that say where everything listens
	Stderr     io.Writer       // logs
	Reload     <-chan struct{} // each value reloads the mappings
}

// Serve runs the gateway until ctx ends, and returns nil when everything has drained.
func Serve(ctx context.Context, o Options) error { return errors.New("not yet") }
