package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/flexscim/flexscim/internal/admin"
	"github.com/flexscim/flexscim/internal/config"
	"github.com/flexscim/flexscim/internal/terminal"
)

func foreignCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "foreign",
		Short: "List the Workers that flexscim neither made nor adopted",
		Long: `flexscim reports such Workers and never changes them. With flex.adopt_exact, it adopts those whose name is exactly the userName of an
active user; flexscim plan --all --flex-adopt-exact shows which.`,
		Example: "  flexscim foreign list",
		Args:    cobra.NoArgs,
		RunE:    showHelp,
	}
	c.AddCommand(foreignListCommand())
	return c
}

func foreignListCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:     "list",
		Short:   "List these Workers with their roles",
		Long:    "list reads all Workers of the workspace from Twilio, and prints those that have neither flexscim's mark nor a link in the database.",
		Example: "  flexscim foreign list --config flexscim.yaml\n  flexscim foreign list --json | jq '.[] | select(.roles | index(\"admin\"))'",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			a, err := openTools(c)
			if err != nil {
				return err
			}
			defer a.close()
			all, err := a.admin.ForeignWorkers(c.Context())
			switch {
			case err != nil:
				return err
			case asJSON:
				return terminal.JSONArray(c.OutOrStdout(), all)
			case len(all) == 0:
				return terminal.Printf(c.ErrOrStderr(), "all Workers of the workspace are flexscim's\n")
			}
			return printForeign(c, all)
		},
	}
	config.Register(c.Flags(), "database", "flex", "twilio", "log")
	c.Flags().BoolVar(&asJSON, "json", false, "print a JSON array")
	return c
}

func printForeign(c *cobra.Command, all []admin.Foreign) error {
	w := table(c, "NAME\tWORKER\tROLES")
	for _, f := range all {
		_ = terminal.Printf(w, "%s\t%s\t%s\n", f.FriendlyName, f.Worker, orDash(strings.Join(f.Roles, " ")))
	}
	return w.Flush()
}
