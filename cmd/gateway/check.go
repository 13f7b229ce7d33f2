package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"gateway/internal/config"
)

const checkHelp = `Reads the config file and everything in it, and prints every problem with its
line and what to do about it. Nothing is started and nothing is written.

Exit code 0: the file is right. 1: there are problems. A file that is named but not
there is a warning, since the config file may be for another machine.`

func newCheck() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "check [--config FILE]",
		Short:   "Find every mistake in the config file",
		Long:    checkHelp,
		Example: "  gateway check --config /etc/gateway/config.toml",
		Args:    named(),
	}
	s := configFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		c, err := s.load(cmd, config.Lint)
		if err != nil {
			return err
		}
		fmt.Fprintf(cmd.OutOrStdout(), "%s: ok, %s, %s\n", source(c), plural(len(c.Mappings), "mapping"), plural(len(c.Links), "link"))
		return nil
	}
	return cmd
}
