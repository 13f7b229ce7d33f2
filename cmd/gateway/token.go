package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"gateway/internal/api"
	"gateway/internal/control"
)

const tokensPath = "/api/v1/tokens"

func newToken() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "token",
		Short: "Let programs and devices in",
		Long: `Tokens let programs and devices use the gateway: as user name and password over
MQTT, as auth: {token} over socket.io, as Authorization: Bearer over REST. Changes
hold at once, whether the gateway runs or not.`,
		Args: usage(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newTokenAdd(), newTokenList(), newTokenRemove())
	return cmd
}

func newTokenAdd() *cobra.Command {
	var n api.NewToken
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "add NAME [--kind client|device|api] [--read FILTER]... [--write FILTER]... [--expires 30d]",
		Short: "Make a token, and print its secret this once",
		Example: `  gateway token add "kitchen panel" --read 'home/#' --write 'home/kitchen/#'
  gateway token add lamp-2 --kind device
  gateway token add backup --kind api --role admin --expires 720h`,
		Args: named("NAME"),
	}
	f := cmd.Flags()
	f.StringVar((*string)(&n.Kind), "kind", "client", "client: topics only; device: owns devices/ID/#; api: acts with a role")
	f.StringVar((*string)(&n.Role), "role", "", "of an api token: admin, operator or viewer")
	f.StringArrayVar(&n.Read, "read", nil, "topic `filter` it may receive, {client.id} is its id; may be repeated (default: all)")
	f.StringArrayVar(&n.Write, "write", nil, "topic `filter` it may publish to; may be repeated (default: all)")
	f.StringVar(&n.ExpiresIn, "expires", "", "how long it is good for, such as 720h or 30d (default: for ever)")
	f.BoolVar(&asJSON, "json", false, "print JSON")
	return ownerCommand(cmd, func(cmd *cobra.Command, args []string, c *control.Client) error {
		n.Name = args[0]
		var made api.MadeToken
		if err := c.Call(cmd.Context(), http.MethodPost, tokensPath, n, &made); err != nil {
			return err
		}
		if asJSON {
			return writeJSON(cmd.OutOrStdout(), made)
		}
		printMade(cmd.OutOrStdout(), made)
		return nil
	})
}

func printMade(w io.Writer, t api.MadeToken) {
	fmt.Fprintf(w, "made the %s token %s: it may read %s and write %s\n\n", t.Kind, t.ID, filters(t.Token, t.Read), filters(t.Token, t.Write))
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "  token\t%s\n  MQTT user name\t%s\n  MQTT password\t%s\n", t.Whole, t.MQTT.Username, t.MQTT.Password)
	table.Flush()
	fmt.Fprintln(w, "\nKeep it now: it is not shown again.")
}

// filters says what topics a token may use; an api token has those of its role.
func filters(t api.Token, list []string) string {
	switch {
	case t.Kind == "api":
		return "what a " + string(t.Role) + " may"
	case len(list) == 0:
		return "nothing"
	}
	return strings.Join(list, " ")
}

func newTokenList() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{Use: "list", Short: "List the tokens", Args: named()}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return ownerCommand(cmd, func(cmd *cobra.Command, _ []string, c *control.Client) error {
		var list api.TokenList
		if err := c.Call(cmd.Context(), http.MethodGet, tokensPath, nil, &list); err != nil {
			return err
		}
		if asJSON {
			return writeJSON(cmd.OutOrStdout(), list)
		}
		table := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "ID\tKIND\tREAD\tWRITE\tEXPIRES\tLAST USED")
		for _, t := range list.Items {
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n",
				t.ID, t.Kind, filters(t, t.Read), filters(t, t.Write), date(t.ExpiresAt), date(t.LastUsedAt))
		}
		return table.Flush()
	})
}

func newTokenRemove() *cobra.Command {
	cmd := &cobra.Command{Use: "rm ID", Short: "Remove a token, and cut whoever is connected with it", Args: named("ID")}
	return ownerCommand(cmd, func(cmd *cobra.Command, args []string, c *control.Client) error {
		if err := c.Call(cmd.Context(), http.MethodDelete, tokensPath+"/"+url.PathEscape(args[0]), nil, nil); err != nil {
			return err
		}
		fmt.Fprintf(cmd.OutOrStdout(), "removed the token %s\n", args[0])
		return nil
	})
}

// date is a time as a list shows it; never when there is none.
func date(t *time.Time) string {
	if t == nil {
		return "never"
	}
	return t.Local().Format("2006-01-02 15:04")
}

func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
