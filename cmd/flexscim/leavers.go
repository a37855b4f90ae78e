package main

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/flexscim/flexscim/internal/admin"
	"github.com/flexscim/flexscim/internal/config"
	"github.com/flexscim/flexscim/internal/terminal"
)

func leaversCommand() *cobra.Command {
	c := &cobra.Command{
		Use:     "leavers",
		Short:   "List removals of Workers with their times",
		Long:    "A leaver is a person whom the IdP has deactivated or deleted, and whose Worker is being removed or was removed.",
		Example: "  flexscim leavers list --since 30d",
		Args:    cobra.NoArgs,
		RunE:    showHelp,
	}
	c.AddCommand(leaversListCommand())
	return c
}

func leaversListCommand() *cobra.Command {
	var since string
	var asJSON, asCSV bool
	var from time.Time
	c := &cobra.Command{
		Use:   "list",
		Short: "List removals, the newest first",
		Long: `list prints all removals of Workers with their times: when the IdP's request arrived, when the Worker got no more work, when it was deleted,
and when a read from Flex showed that it no longer exists. A person who left twice has two removals.

STATE is leaving, removed, cancelled (the person came back before the deletion), or stuck (an operator must act; REASON says why).`,
		Example: `  flexscim leavers list
  flexscim leavers list --since 2026-01-01 --csv > leavers.csv
  flexscim leavers list --json | jq '.[] | select(.verified_at == null)'`,
		Args: cobra.NoArgs,
		PreRunE: func(*cobra.Command, []string) (err error) {
			if asJSON && asCSV {
				return usage("give --json or --csv, not both")
			}
			from, err = admin.ParseSince(since, time.Now())
			return err
		},
		RunE: withAdmin(func(c *cobra.Command, a *admin.Admin, _ []string) error {
			all, err := a.Leavers(c.Context(), from)
			switch {
			case err != nil:
				return err
			case asJSON:
				return terminal.JSONArray(c.OutOrStdout(), all)
			case asCSV:
				return leaversCSV(c, all)
			case len(all) == 0:
				return terminal.Printf(c.ErrOrStderr(), "there are no removals in this time\n")
			}
			w := table(c, "USER NAME\tCONNECTION\tSTATE\tREQUESTED\tSTOPPED\tREMOVED\tVERIFIED\tREASON")
			for _, l := range all {
				_ = terminal.Printf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", l.UserName, l.Connection, l.State,
					moment(l.Requested), moment(l.Stopped), moment(l.Removed), moment(l.Verified), orDash(l.Reason))
			}
			return w.Flush()
		}),
	}
	config.Register(c.Flags(), "database")
	c.Flags().StringVar(&since, "since", "", sinceHelp)
	c.Flags().BoolVar(&asJSON, "json", false, "print a JSON array")
	c.Flags().BoolVar(&asCSV, "csv", false, "print CSV for a spreadsheet; a text that a spreadsheet would take for a formula begins with '")
	completeWords(c, "since", sinceExamples)
	return c
}

func leaversCSV(c *cobra.Command, all []admin.Leaver) error {
	rows := [][]string{{"user_name", "id", "connection", "state", "requested_at", "stopped_at", "removed_at", "verified_at", "reason"}}
	for _, l := range all {
		row := []string{l.UserName, l.ID, l.Connection, string(l.State)}
		for _, t := range []*time.Time{l.Requested, l.Stopped, l.Removed, l.Verified} {
			text := ""
			if t != nil {
				text = moment(t)
			}
			row = append(row, text)
		}
		rows = append(rows, append(row, l.Reason))
	}
	return terminal.CSV(c.OutOrStdout(), rows)
}
