package main

import (
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/flexscim/flexscim/internal/admin"
	"github.com/flexscim/flexscim/internal/config"
	"github.com/flexscim/flexscim/internal/terminal"
)

func doctorCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "doctor",
		Short: "Check this installation, and print how to fix what is wrong",
		Long: `doctor checks the configuration, the certificate and its host, the mapping rules, the database and its disk, the tokens, the running servers
and their rules, people who are parked or retried, what in the data of the IdPs needs a person, Twilio's host and
credentials, the Flex workspace, its offline Activity, and the clocks. It changes nothing. Exit code 1 means that something must be fixed.

Of all this, /readyz depends only on the database, its disk (at least 16 MiB free) and the queue: without these, SCIM requests fail.`,
		Example: "  flexscim doctor --config flexscim.yaml\n  flexscim doctor --json | jq '.[] | select(.state != \"ok\")'",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := config.Load(c.Flags(), os.Environ())
			findings := admin.ConfigurationFindings(err)
			if err == nil {
				file, unusable := readRules(cfg)
				findings = admin.Doctor{Config: cfg, Rules: unusable, Mapping: file.rules, Twilio: flexConfig(cfg)}.Examine(c.Context())
			}
			ready, all := true, []admin.Finding{}
			for f := range findings {
				ready = ready && f.State != admin.Bad
				if all = append(all, f); !asJSON {
					printFinding(c.OutOrStdout(), f)
				}
			}
			if asJSON {
				if err := terminal.JSONArray(c.OutOrStdout(), all); err != nil {
					return err
				}
			}
			return reportedUnless(ready)
		},
	}
	config.Register(c.Flags())
	c.Flags().BoolVar(&asJSON, "json", false, "print a JSON array")
	return c
}

func printFinding(out io.Writer, f admin.Finding) {
	_ = terminal.Printf(out, "%-4s  %-13s %s\n", f.State, f.Check, f.Text)
	if f.Fix != "" {
		_ = terminal.Printf(out, "      %-13s → %s\n", "", f.Fix)
	}
}
