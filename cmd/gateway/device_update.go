package main

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/spf13/cobra"

	"gateway/internal/api"
	"gateway/internal/config"
	"gateway/internal/control"
	"gateway/internal/device"
)

const rolloutsPath = "/api/v1/rollouts"

// deviceUpdate are the flags of gateway device update.
type deviceUpdate struct {
	api.NewRollout
	all, keepGoing, detach, cancel bool
}

func newDeviceUpdate() *cobra.Command {
	var u deviceUpdate
	cmd := &cobra.Command{
		Use:   "update {ID... | --all}",
		Short: "Update the firmware of boards, a few at a time",
		Long: `Sends boards new firmware over the air and shows how it goes. A board is updated
when its new build has said so itself; if it does not run, the board goes back to
the old one. No further board is begun after a failure, unless --keep-going.

Boards that are not connected are updated when they come back, within a day: the
gateway sees to that by itself.`,
		Example: `  gateway device update --all
  gateway device update lamp plug --version 3fa2b1c09d55 --at-once 2
  gateway device update --cancel`,
		Args: usage(cobra.ArbitraryArgs),
	}
	cmd.Flags().BoolVar(&u.all, "all", false, "every board that has a key of its own")
	cmd.Flags().StringVar(&u.Version, "version", "", "of uploaded firmware (default: the library that comes with the gateway)")
	cmd.Flags().IntVar(&u.AtOnce, "at-once", 1, "how many boards at a time, 16 at most")
	cmd.Flags().BoolVar(&u.keepGoing, "keep-going", false, "begin further boards after a failure")
	cmd.Flags().BoolVar(&u.detach, "detach", false, "do not wait for the end")
	cmd.Flags().BoolVar(&u.cancel, "cancel", false, "end the update of boards that is under way")
	s := configFlag(cmd)
	s.keyFlags(cmd, "data")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := u.check(args); err != nil {
			return &usageError{err}
		}
		c, err := s.load(cmd, config.Load)
		if err != nil {
			return err
		}
		client, err := running(cmd.Context(), c.DataDir, "boards are updated by one that runs")
		if err != nil {
			return err
		}
		return u.run(cmd, client)
	}
	return cmd
}

// check takes the arguments.
func (u *deviceUpdate) check(ids []string) error {
	switch n := len(ids); {
	case u.cancel && (n > 0 || u.all):
		return errors.New("--cancel stands alone")
	case u.all && n > 0:
		return errors.New("name boards, or say --all: not both")
	case !u.cancel && !u.all && n == 0:
		return errors.New("name the boards to update, or say --all")
	}
	u.Boards = ids
	if u.all {
		u.Boards = nil
	}
	stop := !u.keepGoing
	u.StopOnFailure = &stop
	return nil
}

func (u *deviceUpdate) run(cmd *cobra.Command, c *control.Client) error {
	if u.cancel {
		return cancelRollout(cmd, c)
	}
	if u.Version == "" {
		version, err := builtinVersion(cmd, c)
		if err != nil {
			return err
		}
		u.Version = version
	}
	var r device.Rollout
	if err := c.Call(cmd.Context(), http.MethodPost, rolloutsPath, u.NewRollout, &r); err != nil {
		return err
	}
	fmt.Fprintf(cmd.OutOrStdout(), "updating %s to %s, %d at a time\n", plural(len(r.Boards), "board"), r.Version, r.AtOnce)
	if u.detach {
		return nil
	}
	return followRollout(cmd, c, r)
}

func builtinVersion(cmd *cobra.Command, c *control.Client) (string, error) {
	var list api.BundleList
	if err := c.Call(cmd.Context(), http.MethodGet, "/api/v1/bundles", nil, &list); err != nil {
		return "", err
	}
	for _, b := range list.Items {
		if b.Builtin {
			return b.Version, nil
		}
	}
	return "", errors.New("this gateway was built without the boards' library: upload firmware on the page, and name it with --version")
}

// cancelRollout cancels the one that is under way: the newest.
func cancelRollout(cmd *cobra.Command, c *control.Client) error {
	var list api.RolloutList
	if err := c.Call(cmd.Context(), http.MethodGet, rolloutsPath, nil, &list); err != nil {
		return err
	}
	if len(list.Items) == 0 || list.Items[0].State.Ended() {
		return errors.New("no update of boards is under way")
	}
	var r device.Rollout
	if err := c.Call(cmd.Context(), http.MethodPost, rolloutsPath+"/"+list.Items[0].ID+"/cancel", nil, &r); err != nil {
		return err
	}
	fmt.Fprintf(cmd.OutOrStdout(), "cancelled the update to %s; %s already\n", r.Version, plural(r.Counts.Done, "board")+" had it")
	return nil
}
