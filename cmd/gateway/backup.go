package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math"
	"net/http"
	"os"

	"github.com/spf13/cobra"

	"gateway/internal/config"
	"gateway/internal/control"
	"gateway/pkg/store"
)

const backupHelp = `Copies everything the gateway keeps (last values, retained messages, rules made in
the UI, keys) into one file, for gateway restore. The file holds secrets and is
readable by its owner only; it appears whole or not at all.

It works whether the gateway runs or not. The config file is not part of it.`

func newBackup() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "backup FILE [--data DIR | --config FILE]",
		Short:   "Copy everything the gateway keeps into one file",
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
		if err := backup(cmd.Context(), c.DataDir, args[0]); err != nil {
			return err
		}
		fmt.Fprintf(cmd.OutOrStdout(), "backed up %s to %s\n", c.DataDir, args[0])
		return nil
	}
	return cmd
}

// backup copies the state in dir to file, through the gateway that runs on it if one does.
func backup(ctx context.Context, dir, file string) error {
	c, err := control.Dial(ctx, dir)
	if errors.Is(err, control.ErrNotRunning) {
		return backupStopped(dir, file)
	}
	if err != nil {
		return err
	}
	resp, err := c.Do(ctx, http.MethodGet, "/api/v1/backup", nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	return writeWhole(file, resp.Body)
}

// backupStopped lifts limits, so that opening the store evicts nothing.
func backupStopped(dir, file string) (err error) {
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
