package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"gateway/internal/app"
	"gateway/internal/config"
)

const restoreHelp = `Replaces everything in the data directory by what a backup holds. The backup is
read and checked whole before anything is replaced: after an error the directory
has what it had. The gateway must not be running on it.`

func newRestore() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "restore FILE [--data DIR | --config FILE]",
		Short:   "Replace the state of a stopped gateway by a backup",
		Long:    restoreHelp,
		Example: "  gateway restore gateway.backup --data /var/lib/gateway",
		Args:    named("FILE"),
	}
	s := configFlag(cmd)
	s.keyFlags(cmd, "data")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c, err := s.load(cmd, config.Load)
		if err != nil {
			return err
		}
		if err := restore(args[0], c.DataDir); err != nil {
			return err
		}
		if err := endRestoredLogins(cmd, c.DataDir); err != nil {
			return fmt.Errorf("restored, but logins that have ended since may have come back: %w", err)
		}
		fmt.Fprintf(cmd.OutOrStdout(), "restored %s from %s\n", c.DataDir, args[0])
		return nil
	}
	return cmd
}

// endRestoredLogins logs everybody out: a login that was ended since the backup does not come back with it.
func endRestoredLogins(cmd *cobra.Command, dir string) error {
	c, done, err := app.Offline(dir)
	if err != nil {
		return err
	}
	return errors.Join(endLogins(cmd, c), done())
}

func restore(file, dir string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	return stopFirst(app.Restore(dir, f))
}
