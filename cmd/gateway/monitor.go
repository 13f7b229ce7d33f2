package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"gateway/internal/flash/port"
	"gateway/internal/flash/rom"
)

const monitorHelp = `Prints what a board says on its serial line until Ctrl-C. A board that is unplugged
is waited for. Nothing is sent to it.`

// replugEvery is how often an unplugged board is looked for.
const replugEvery = 500 * time.Millisecond

func newMonitor() *cobra.Command {
	var name string
	var baud int
	cmd := &cobra.Command{
		Use:     "monitor --port PORT [--baud N]",
		Short:   "Print what a board says on its serial line",
		Long:    monitorHelp,
		Example: "  gateway monitor --port /dev/ttyUSB0",
		Args:    named(),
	}
	cmd.Flags().StringVar(&name, "port", "", "serial `port` that the board hangs at")
	cmd.Flags().IntVar(&baud, "baud", rom.ConsoleBaud, "speed of the line, in `baud`")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if name == "" {
			return &usageError{errors.New("--port is missing: gateway flash --list says which there are")}
		}
		ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		err := monitor(ctx, cmd, name, baud)
		switch {
		case ctx.Err() != nil:
			return nil // Ctrl-C is how it ends
		case errors.Is(err, port.ErrBusy), errors.Is(err, port.ErrDenied):
			return &exitError{4, err}
		case errors.Is(err, port.ErrNotFound):
			return &exitError{3, err}
		}
		return err
	}
	return cmd
}

// monitor prints until ctx ends or the port cannot be had. Once it was there it is waited for.
func monitor(ctx context.Context, cmd *cobra.Command, name string, baud int) error {
	for first := true; ; first = false {
		p, err := port.Open(name, baud)
		for !first && err != nil && ctx.Err() == nil {
			if !errors.Is(err, port.ErrNotFound) && !errors.Is(err, port.ErrGone) && !errors.Is(err, port.ErrDenied) { // udev sets rights a moment later
				return err
			}
			select {
			case <-ctx.Done():
			case <-time.After(replugEvery):
			}
			p, err = port.Open(name, baud)
		}
		if err != nil {
			return err
		}
		fmt.Fprintf(cmd.ErrOrStderr(), "gateway: listening to %s\n", name)
		err = echo(ctx, cmd, p)
		_ = p.Close()
		if !errors.Is(err, port.ErrGone) {
			return err
		}
		fmt.Fprintf(cmd.ErrOrStderr(), "gateway: %s was unplugged; waiting for it\n", name)
	}
}

func echo(ctx context.Context, cmd *cobra.Command, p *port.Port) error {
	buf := make([]byte, 1024)
	for {
		n, err := p.Read(ctx, buf)
		if err != nil {
			return err
		}
		if _, err := cmd.OutOrStdout().Write(buf[:n]); err != nil {
			return err
		}
	}
}
