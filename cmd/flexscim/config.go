package main

import (
	_ "embed"

	"github.com/spf13/cobra"

	"github.com/flexscim/flexscim/internal/config"
)

// exampleMapping is the file of rules that a user starts from; the sandbox
// runs with it.
//
//go:embed mapping.example.yaml
var exampleMapping []byte

func configCommand() *cobra.Command {
	c := &cobra.Command{
		Use:     "config",
		Short:   "The settings, and an example of mapping rules",
		Example: "  flexscim config reference | less\n  flexscim config mapping > mapping.yaml",
		Args:    cobra.NoArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(
		&cobra.Command{
			Use:     "reference",
			Short:   "Print every setting: key, flag, variable, default, meaning",
			Example: "  flexscim config reference | less",
			Args:    cobra.NoArgs,
			RunE: func(c *cobra.Command, _ []string) error {
				_, err := c.OutOrStdout().Write(config.Reference())
				return err
			},
		},
		&cobra.Command{
			Use:     "mapping",
			Short:   "Print the example of mapping rules",
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
