//go:build !linux

package main

import (
	"fmt"

	"github.com/rogpeppe/go-internal/testscript"
)

// condition knows [boards]: they can be simulated on Linux only.
func condition(name string) (bool, error) {
	if name != "boards" {
		return false, fmt.Errorf("unknown condition %q", name)
	}
	return false, nil
}

func setBoard(*testscript.Env) {}

func board(ts *testscript.TestScript, _ bool, _ []string) {
	ts.Fatalf("boards are simulated on Linux only")
}

func hold(ts *testscript.TestScript, _ bool, _ []string) { ts.Fatalf("ports are held on Linux only") }
