package main

import (
	"fmt"
	"net/http"
	"net/url"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"gateway/internal/api"
	"gateway/internal/control"
)

const boardsPath = "/api/v1/boards"

func newDevice() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "device",
		Short: "Let boards in, list and update them",
		Long: `Boards with the gateway's firmware have a key of their own, with which they and the
gateway prove to each other who they are. What a board emits is published below
devices/ID/, and what is published there reaches it. Changes hold at once, whether
the gateway runs or not.`,
		Args: usage(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newDeviceAdd(), newDeviceList(), newDeviceUpdate(), newDeviceRemove())
	return cmd
}

func newDeviceAdd() *cobra.Command {
	var n api.NewBoard
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "add NAME [--id ID]",
		Short: "Make a board, and print its key this once",
		Example: `  gateway device add "Alert lamp"
  gateway device add "Alert lamp" --id lamp --json`,
		Args: named("NAME"),
	}
	cmd.Flags().StringVar(&n.ID, "id", "", "its id, which names its topics (default: made from the name)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return ownerCommand(cmd, func(cmd *cobra.Command, args []string, c *control.Client) error {
		n.Name = args[0]
		var made api.MadeBoard
		if err := c.Call(cmd.Context(), http.MethodPost, boardsPath, n, &made); err != nil {
			return err
		}
		if asJSON {
			return writeJSON(cmd.OutOrStdout(), made)
		}
		fmt.Fprintf(cmd.OutOrStdout(), "made the board %s: its topics are below devices/%s/\n\n  key  %s\n\nKeep it now: it is not shown again.\n", made.ID, made.ID, made.Key)
		return nil
	})
}

func newDeviceList() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{Use: "list", Short: "List the boards", Args: named()}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return ownerCommand(cmd, func(cmd *cobra.Command, _ []string, c *control.Client) error {
		var list api.BoardList
		if err := c.Call(cmd.Context(), http.MethodGet, boardsPath, nil, &list); err != nil {
			return err
		}
		if asJSON {
			return writeJSON(cmd.OutOrStdout(), list)
		}
		table := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "ID\tNAME\tSTATE\tRUNS\tLAST SEEN")
		for _, b := range list.Items {
			runs := "-"
			if b.Build != nil && b.Build.Version != "" {
				runs = b.Build.Version
			}
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", b.ID, b.Name, b.State, runs, date(b.LastSeen))
		}
		return table.Flush()
	})
}

func newDeviceRemove() *cobra.Command {
	cmd := &cobra.Command{Use: "rm ID", Short: "Revoke a board: it is cut, and its key is good for nothing", Args: named("ID")}
	return ownerCommand(cmd, func(cmd *cobra.Command, args []string, c *control.Client) error {
		if err := c.Call(cmd.Context(), http.MethodDelete, boardsPath+"/"+url.PathEscape(args[0]), nil, nil); err != nil {
			return err
		}
		fmt.Fprintf(cmd.OutOrStdout(), "revoked the board %s\n", args[0])
		return nil
	})
}
