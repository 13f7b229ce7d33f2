package main

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"gateway": func() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) },
	})
}

// TestScripts runs the real program as its users do; each script is one tale.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Values[processKey{}] = map[string]*process{}
			setBoard(e)
			return nil
		},
		Condition: condition,
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"start":      start,
			"end":        end,
			"await":      await,
			"fetch":      fetch,
			"publish":    publish,
			"offer":      offer,
			"occupy":     occupy,
			"exits":      exits,
			"background": background,
			"board":      board,
			"hold":       hold,
		},
	})
}
