package main

import (
	"fmt"
	"net/http"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"gateway/internal/api"
	"gateway/internal/control"
)

const usersPath = "/api/v1/users"

func newUser() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "user",
		Short: "Let people in",
		Long: `Users are the people who log in to the page: admins do everything, operators
publish and edit mappings, viewers read. Changes hold at once, whether the
gateway runs or not.`,
		Args: usage(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newUserAdd(), newUserList(), newUserRemove())
	return cmd
}

func newUserAdd() *cobra.Command {
	var role string
	cmd := &cobra.Command{
		Use:   "add NAME [--role admin|operator|viewer]",
		Short: "Make a user; the password is asked for, or read from the input",
		Args:  named("NAME"),
		Example: `  gateway user add ann --role admin
  echo "$PASSWORD" | gateway user add bob --role viewer`,
	}
	cmd.Flags().StringVar(&role, "role", "viewer", "admin, operator or viewer; the first user has to be an admin")
	return ownerCommand(cmd, func(cmd *cobra.Command, args []string, c *control.Client) error {
		password, err := askPassword(cmd, args[0])
		if err != nil {
			return err
		}
		var u api.User
		body := map[string]string{"username": args[0], "password": password, "role": role}
		if err := c.Call(cmd.Context(), http.MethodPost, usersPath, body, &u); err != nil {
			return err
		}
		fmt.Fprintf(cmd.OutOrStdout(), "made the user %s, %s\n", u.Username, u.Role)
		return nil
	})
}

func newUserList() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{Use: "list", Short: "List the users", Args: named()}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return ownerCommand(cmd, func(cmd *cobra.Command, _ []string, c *control.Client) error {
		list, err := users(cmd, c)
		if err != nil {
			return err
		}
		if asJSON {
			return writeJSON(cmd.OutOrStdout(), list)
		}
		table := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "USER\tROLE\tLAST LOGIN")
		for _, u := range list.Items {
			fmt.Fprintf(table, "%s\t%s\t%s\n", u.Username, u.Role, date(u.LastLoginAt))
		}
		return table.Flush()
	})
}

func users(cmd *cobra.Command, c *control.Client) (list api.UserList, err error) {
	err = c.Call(cmd.Context(), http.MethodGet, usersPath, nil, &list)
	return list, err
}

func newUserRemove() *cobra.Command {
	cmd := &cobra.Command{Use: "rm NAME", Short: "Remove a user, and end its logins", Args: named("NAME")}
	return ownerCommand(cmd, func(cmd *cobra.Command, args []string, c *control.Client) error {
		if err := c.Call(cmd.Context(), http.MethodDelete, userPath(args[0]), nil, nil); err != nil {
			return err
		}
		fmt.Fprintf(cmd.OutOrStdout(), "removed the user %s\n", args[0])
		return nil
	})
}
