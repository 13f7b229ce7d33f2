package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"gateway/internal/app"
	"gateway/internal/config"
	"gateway/internal/control"
)

// ownerCommand runs do with the REST API in the name of the machine's owner: that of the running gateway, or of the data
// directory when none runs.
func ownerCommand(cmd *cobra.Command, do func(cmd *cobra.Command, args []string, c *control.Client) error) *cobra.Command {
	s := configFlag(cmd)
	s.keyFlags(cmd, "data")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c, err := s.load(cmd, config.Load)
		if err != nil {
			return err
		}
		client, done, err := owner(cmd.Context(), c.DataDir)
		if err != nil {
			return err
		}
		return errors.Join(do(cmd, args, client), done())
	}
	return cmd
}

// running reaches the gateway that runs on the data directory dir. Without one it says so, and what to do: remedy.
func running(ctx context.Context, dir, remedy string) (*control.Client, error) {
	c, err := control.Dial(ctx, dir)
	if errors.Is(err, control.ErrNotRunning) {
		return nil, fmt.Errorf("no gateway runs on data directory %s: %s", dir, remedy)
	}
	return c, err
}

func owner(ctx context.Context, dir string) (c *control.Client, done func() error, err error) {
	c, err = control.Dial(ctx, dir)
	if !errors.Is(err, control.ErrNotRunning) {
		return c, func() error { return nil }, err
	}
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return nil, nil, fmt.Errorf("data directory %s does not exist: start the gateway once, or name another with --data", dir)
	}
	c, done, err = app.Offline(dir)
	return c, done, stopFirst(err)
}

// askPassword reads a password: typed twice and unseen at a terminal, else the first line of the input.
func askPassword(cmd *cobra.Command, whose string) (string, error) {
	f, ok := cmd.InOrStdin().(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		line, err := bufio.NewReader(io.LimitReader(cmd.InOrStdin(), 4096)).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return "", fmt.Errorf("read the password: %w", err)
		}
		if line = strings.TrimRight(line, "\r\n"); line == "" {
			return "", errors.New("the password is missing: type it at a terminal, or send it as the first line of the input")
		}
		return line, nil
	}
	first, err := typed(cmd, f, "password for "+whose+": ")
	if err != nil {
		return "", err
	}
	again, err := typed(cmd, f, "once more: ")
	if err != nil {
		return "", err
	}
	if first != again {
		return "", errors.New("these were two different passwords")
	}
	return first, nil
}

func typed(cmd *cobra.Command, f *os.File, prompt string) (string, error) {
	fmt.Fprint(cmd.ErrOrStderr(), prompt)
	b, err := term.ReadPassword(int(f.Fd()))
	fmt.Fprintln(cmd.ErrOrStderr())
	if err != nil {
		return "", fmt.Errorf("read the password: %w", err)
	}
	return string(b), nil
}
