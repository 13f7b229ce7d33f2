package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"gateway/internal/config"
)

const healthHelp = `Asks the gateway that runs with this configuration on this machine whether it
serves, and exits with 0 if it does. Containers use it as their health check.`

// healthTimeout bounds the question: a gateway that takes longer is not well.
const healthTimeout = 2 * time.Second

func newHealth() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "health [--config FILE]",
		Short: "Ask a running gateway whether it serves",
		Long:  healthHelp,
		Args:  named(),
	}
	s := configFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		c, err := s.load(cmd, config.Load)
		if err != nil {
			return err
		}
		answer, err := askHealth(cmd.Context(), c.HTTP)
		if err != nil {
			return err
		}
		_, err = fmt.Fprint(cmd.OutOrStdout(), answer)
		return err
	}
	return cmd
}

// askHealth returns the body of /readyz, or what is wrong.
func askHealth(ctx context.Context, c config.HTTP) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	host, port, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return "", fmt.Errorf("http.listen %q: %w", c.Listen, err)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	url := "http://" + net.JoinHostPort(host, port) + c.BasePath + "readyz"
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return "", fmt.Errorf("no gateway answers: %w", err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 4096))
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("the gateway at %s is not ready: %s %s", url, resp.Status, body)
	}
	return string(body), err
}
