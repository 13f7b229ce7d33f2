package main

import (
	"fmt"
	"net/http"

	"github.com/spf13/cobra"

	"gateway/internal/api"
	"gateway/internal/config"
)

const setupCodeHelp = `Prints the code that makes whoever enters it on the page the owner of a gateway
that has none yet. It is good once, and for 15 minutes; then there is a new one.`

func newSetupCode() *cobra.Command {
	var renew bool
	cmd := &cobra.Command{
		Use:     "setup-code",
		Short:   "Print the code that claims a new gateway",
		Long:    setupCodeHelp,
		Example: "  docker exec gateway gateway setup-code",
		Args:    named(),
	}
	cmd.Flags().BoolVar(&renew, "renew", false, "make a new code, and end the old one")
	s := configFlag(cmd)
	s.keyFlags(cmd, "data")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		c, err := s.load(cmd, config.Load)
		if err != nil {
			return err
		}
		client, err := running(cmd.Context(), c.DataDir, "start it, and it prints a code")
		if err != nil {
			return err
		}
		var code api.SetupCode
		if err := client.Call(cmd.Context(), http.MethodPost, "/api/v1/setup/code", api.SetupCodeRequest{Renew: renew}, &code); err != nil {
			return err
		}
		fmt.Fprintln(cmd.OutOrStdout(), code.Code)
		fmt.Fprintf(cmd.ErrOrStderr(), "good until %s, once\n", code.ExpiresAt.Local().Format("15:04"))
		return nil
	}
	return cmd
}
