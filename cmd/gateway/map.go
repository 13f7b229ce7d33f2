package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"gateway/internal/config"
	"gateway/pkg/mapping"
)

func newMap() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "map",
		Short: "Try and test the mappings of the config file",
		Args:  usage(cobra.NoArgs),
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newMapTry(), newMapTest())
	return cmd
}

// table loads the config file and compiles its mappings, all of which must stand.
func (s *settings) table(cmd *cobra.Command) (*config.Config, *mapping.Table, error) {
	c, err := s.load(cmd, config.Lint)
	if err != nil {
		return nil, nil, err
	}
	if c.File == "" {
		return nil, nil, errors.New("there are no mappings without a config file; name one with --config")
	}
	t, err := mapping.Compile(c.Mappings)
	if err != nil {
		return nil, nil, fmt.Errorf("compile mappings: %w", err)
	}
	return c, t, nil
}
