package main

import (
	_ "embed"

	"github.com/spf13/cobra"

	"github.com/flexscim/flexscim/internal/config"
)

// exampleMapping is an example of a file with mapping rules. By default, the
// sandbox uses these rules.
//
//go:embed mapping.example.yaml
var exampleMapping []byte

func configCommand() *cobra.Command {
	c := &cobra.Command{
		Use:     "config",
		Short:   "Print all settings, or an example of mapping rules",
		Example: "  flexscim config reference | less\n  flexscim config mapping > mapping.yaml",
		Args:    cobra.NoArgs,
		RunE:    showHelp,
	}
	c.AddCommand(
		&cobra.Command{
			Use:     "reference",
			Short:   "Print every setting: key, flag, variable, default and meaning",
			Example: "  flexscim config reference | less",
			Args:    cobra.NoArgs,
			RunE: func(c *cobra.Command, _ []string) error {
				_, err := c.OutOrStdout().Write(config.Reference())
				return err
			},
		},
		&cobra.Command{
			Use:     "mapping",
			Short:   "Print an example of mapping rules",
			Example: "  flexscim config mapping > mapping.yaml\n  flexscim plan --mapping-file mapping.yaml --all",
			Args:    cobra.NoArgs,
			RunE: func(c *cobra.Command, _ []string) error {
				_, err := c.OutOrStdout().Write(exampleMapping)
				return err
			},
		},
	)
	return c
}
