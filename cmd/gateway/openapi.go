package main

import (
	"github.com/spf13/cobra"

	"gateway/internal/api"
)

// newOpenAPI is for builds: the page's types are made from what it prints.
func newOpenAPI() *cobra.Command {
	return &cobra.Command{
		Use:    "openapi",
		Short:  "Print the OpenAPI document of the REST API",
		Hidden: true,
		Args:   named(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			text, err := api.Document(buildInfo().Version)
			if err != nil {
				return err
			}
			_, err = cmd.OutOrStdout().Write(text)
			return err
		},
	}
}
