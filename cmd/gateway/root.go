package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

const rootHelp = `The gateway puts MQTT and socket.io on one event bus: legacy MQTT gear, ESP8266
boards, browsers and web services publish to it and hear from it. Mappings in
the config file say which MQTT topic is which socket.io event.

  gateway serve --demo          try it, with simulated devices
  gateway serve                 run it, with config.toml if there is one
  gateway check                 find every mistake in config.toml`

// newRoot builds the whole command tree.
func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:               "gateway",
		Short:             "MQTT and socket.io on one event bus",
		Long:              rootHelp,
		Args:              usage(cobra.NoArgs),
		RunE:              func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &usageError{err} })
	root.AddCommand(newServe(), newCheck(), newMap(), newBackup(), newRestore(), newUser(), newToken(), newDevice(), newFlash(), newMonitor(), newSetupCode(), newResetAdmin(), newHealth(), newVersion(), newOpenAPI())
	return root
}

// usage makes what an argument check complains about a usageError.
func usage(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return &usageError{err}
		}
		return nil
	}
}

// named wants exactly the arguments of these names.
func named(names ...string) cobra.PositionalArgs {
	return usage(func(_ *cobra.Command, args []string) error {
		switch {
		case len(args) < len(names):
			return fmt.Errorf("%s is missing", names[len(args)])
		case len(args) > len(names):
			return fmt.Errorf("unexpected argument %q", args[len(names)])
		}
		return nil
	})
}
