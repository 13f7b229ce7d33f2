package main

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math"
	"os"

	"github.com/spf13/cobra"

	"gateway/internal/config"
	"gateway/pkg/store"
)

const backupHelp = `Copies everything the gateway keeps (last values, retained messages, rules made in
the UI, keys) into one file, for gateway restore. The file holds secrets and is
readable by its owner only; it appears whole or not at all.

The gateway must not be running on the data directory. The config file is not
part of the backup.`

func newBackup() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "backup FILE [--data DIR | --config FILE]",
		Short:   "Copy the state of a stopped gateway into one file",
		Long:    backupHelp,
		Example: "  gateway backup gateway.backup --data /var/lib/gateway",
		Args:    named("FILE"),
	}
	s := configFlag(cmd)
	s.keyFlags(cmd, "data")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c, err := s.load(cmd, config.Load)
		if err != nil {
			return err
		}
		if err := backup(c.DataDir, args[0]); err != nil {
			return err
		}
		fmt.Fprintf(cmd.OutOrStdout(), "backed up %s to %s\n", c.DataDir, args[0])
		return nil
	}
	return cmd
}

// backup copies the state in dir to file. Limits are lifted, so that opening the store evicts nothing.
func backup(dir, file string) (err error) {
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("data directory %s does not exist", dir)
	}
	s, err := store.Open(dir, store.Options{MaxTopics: math.MaxInt, MaxBytes: math.MaxInt64, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return stopFirst(err)
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return s.Backup(file)
}

// stopFirst adds the remedy to the error of a data directory in use.
func stopFirst(err error) error {
	if errors.Is(err, store.ErrLocked) {
		return fmt.Errorf("%w; stop it first", err)
	}
	return err
}
