package main

import (
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/flexscim/flexscim/internal/admin"
	"github.com/flexscim/flexscim/internal/config"
	"github.com/flexscim/flexscim/internal/terminal"
)

func planCommand() *cobra.Command {
	var all, asJSON bool
	c := &cobra.Command{
		Use:   "plan [USER | --all]",
		Short: "Print what would change in Flex, and why; changes nothing",
		Long: `plan compares what the IdP last sent with what Flex has, and prints the steps that flexscim would execute, each with its reason.
It uses the same code as the running server. It writes nothing, neither to Flex nor to the database.`,
		Example: `  flexscim plan ann@example.com
  flexscim plan --all
  flexscim plan --all --mapping-file new-rules.yaml     # what would these rules change?
  flexscim plan --all --json | jq 'select(.steps != [])'`,
		Args: oneOrAll(&all),
		RunE: func(c *cobra.Command, args []string) error {
			a, err := openTools(c)
			if err != nil {
				return err
			}
			defer a.close()
			if all {
				return printPlans(c, a.admin, asJSON)
			}
			plan, err := a.admin.Plan(c.Context(), args[0])
			if err != nil {
				return err
			}
			return printPlan(c.OutOrStdout(), plan, asJSON)
		},
	}
	config.Register(c.Flags(), "database", "flex", "twilio", "leavers", "mapping", "log")
	c.Flags().BoolVar(&all, "all", false, "plan everybody; people without a difference are only counted")
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object per person")
	return c
}

// printPlans prints each plan that has steps. Unless asJSON is set, it then prints
// the counts of all plans.
func printPlans(c *cobra.Command, a *admin.Admin, asJSON bool) error {
	out, progress, counts := c.OutOrStdout(), newProgress(c.ErrOrStderr(), "people compared"), admin.PlanCounts{}
	defer progress.clear()
	for plan, err := range a.Plans(c.Context()) {
		if err != nil {
			return err
		}
		progress.step()
		counts.Add(plan)
		if len(plan.Steps) == 0 {
			continue
		}
		progress.clear()
		if err := printPlan(out, plan, asJSON); err != nil {
			return err
		}
	}
	progress.clear()
	if asJSON {
		return nil
	}
	return terminal.Printf(out, "%s. Nothing was changed.\n", counts)
}

func printPlan(out io.Writer, p admin.Plan, asJSON bool) error {
	if asJSON {
		return terminal.JSON(out, p)
	}
	_ = terminal.Printf(out, "%s (%s)\n", p.UserName, p.User)
	if p.Want == nil {
		_ = terminal.Printf(out, "  wanted: no Worker (%s)\n", p.Reason)
	}
	for _, key := range slices.Sorted(maps.Keys(p.Want)) {
		_ = terminal.Printf(out, "  wanted: %s = %v (%s)\n", key, p.Want[key], p.Why[key])
	}
	for _, f := range p.Findings {
		_ = terminal.Printf(out, "  %s\n", f)
	}
	for _, s := range p.Steps {
		_ = terminal.Printf(out, "  → %s", s.Step)
		if s.Worker != "" {
			_ = terminal.Printf(out, " %s", s.Worker)
		}
		if len(s.Keys) > 0 {
			_ = terminal.Printf(out, " [%s]", strings.Join(s.Keys, " "))
		}
		_ = terminal.Printf(out, ": %s\n", s.Why)
	}
	if len(p.Steps) == 0 {
		return terminal.Printf(out, "  Flex is as wanted; nothing to do\n")
	}
	return nil
}
