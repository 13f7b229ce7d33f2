package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"gateway/internal/access"
	"gateway/internal/api"
	"gateway/internal/control"
)

const resetHelp = `Gives an admin a new password and logs everybody out, for when the password was
lost or somebody else may know it. The password is asked for, or read as the first
line of the input. Works whether the gateway runs or not; whoever may read and
write the data directory may do it.`

func newResetAdmin() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "reset-admin [NAME]",
		Short:   "Give an admin a new password, and log everybody out",
		Long:    resetHelp,
		Example: "  gateway reset-admin --data /var/lib/gateway",
		Args:    usage(cobra.MaximumNArgs(1)),
	}
	return ownerCommand(cmd, func(cmd *cobra.Command, args []string, c *control.Client) error {
		list, err := users(cmd, c)
		if err != nil {
			return err
		}
		who, err := chooseAdmin(list.Items, strings.Join(args, ""))
		if err != nil {
			return err
		}
		password, err := askPassword(cmd, who.Username)
		if err != nil {
			return err
		}
		body := map[string]string{"password": password}
		if err := c.Call(cmd.Context(), http.MethodPost, userPath(who.ID)+"/password", body, nil); err != nil {
			return err
		}
		if err := endLogins(cmd, c); err != nil {
			return err
		}
		fmt.Fprintf(cmd.OutOrStdout(), "%s has a new password, and everybody is logged out\n", who.Username)
		return nil
	})
}

// chooseAdmin is the admin with that name, or the only one when there is no name.
func chooseAdmin(users []api.User, name string) (api.User, error) {
	var admins []api.User
	var names []string
	for _, u := range users {
		if u.Role == access.RoleAdmin {
			admins, names = append(admins, u), append(names, u.Username)
		}
		if u.Role == access.RoleAdmin && strings.EqualFold(u.ID, name) {
			return u, nil
		}
	}
	switch {
	case len(users) == 0:
		return api.User{}, errors.New("this gateway has no owner yet: start it, and claim it with the code that gateway setup-code prints")
	case name != "":
		return api.User{}, fmt.Errorf("%s is no admin; these are: %s", name, strings.Join(names, ", "))
	case len(admins) > 1:
		return api.User{}, fmt.Errorf("there are several admins, name one: %s", strings.Join(names, ", "))
	}
	return admins[0], nil
}

// userPath is where a user is; names are known by their lower case.
func userPath(name string) string { return usersPath + "/" + url.PathEscape(strings.ToLower(name)) }

func endLogins(cmd *cobra.Command, c *control.Client) error {
	var list api.SessionList
	if err := c.Call(cmd.Context(), http.MethodGet, "/api/v1/sessions", nil, &list); err != nil {
		return err
	}
	for _, x := range list.Items {
		err := c.Call(cmd.Context(), http.MethodDelete, "/api/v1/sessions/"+url.PathEscape(x.ID), nil, nil)
		var refused *control.Refused
		if errors.As(err, &refused) && refused.Status == http.StatusNotFound {
			continue // it has ended meanwhile
		}
		if err != nil {
			return err
		}
	}
	return nil
}
