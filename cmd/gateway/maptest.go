package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"gateway/internal/config"
	"gateway/pkg/mapping"
)

const mapTestHelp = `Runs the tests written beside the mappings as [[mapping.test]], and prints those
that fail with what was expected and what came. Exit code 1 when one fails.`

func newMapTest() *cobra.Command {
	var verbose bool
	cmd := &cobra.Command{
		Use:     "test [--config FILE]",
		Short:   "Run the tests of the mappings",
		Long:    mapTestHelp,
		Example: "  gateway map test --config config.toml",
		Args:    named(),
	}
	s := configFlag(cmd)
	cmd.Flags().BoolVarP(&verbose, "verbose", "v", false, "print the tests that pass too")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		c, table, err := s.table(cmd)
		if err != nil {
			return err
		}
		return printTests(cmd.OutOrStdout(), c, table.RunTests(), verbose)
	}
	return cmd
}

// printTests reports as go test does; the error is errReported when one failed.
func printTests(w io.Writer, c *config.Config, results []mapping.TestResult, verbose bool) error {
	failed := 0
	for _, r := range results {
		if !r.OK {
			failed++
			fmt.Fprintf(w, "--- FAIL: %s, test %d\n    %s:%d: %s\n", r.Rule, r.Index+1, r.File, r.Line, r.Text)
		} else if verbose {
			fmt.Fprintf(w, "--- PASS: %s, test %d\n", r.Rule, r.Index+1)
		}
	}
	if failed > 0 {
		fmt.Fprintf(w, "FAIL  %s: %d of %s\n", c.File, failed, plural(len(results), "test"))
		return errReported
	}
	if len(results) == 0 {
		fmt.Fprintf(w, "ok    %s: no tests; write some as [[mapping.test]]\n", c.File)
		return nil
	}
	fmt.Fprintf(w, "ok    %s: %s\n", c.File, plural(len(results), "test"))
	return nil
}
