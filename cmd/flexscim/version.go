package main

import (
	"runtime"

	"github.com/spf13/cobra"

	"github.com/flexscim/flexscim/internal/terminal"
)

func versionCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		Example: "  flexscim version --json",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if asJSON {
				return terminal.JSON(c.OutOrStdout(), map[string]string{"version": version, "go": runtime.Version()})
			}
			return terminal.Printf(c.OutOrStdout(), "flexscim %s (%s)\n", version, runtime.Version())
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}
