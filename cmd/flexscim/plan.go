package main

import (
	"cmp"
	"encoding/json"
	"io"
	"maps"
	"slices"

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
It uses the same code as the running server, and the rules, the adoption and the drain of that server, except those that a flag sets. It
writes nothing, neither to Flex nor to the database. With --flex-adopt-exact, it shows which Workers flexscim would adopt with that
setting, with their roles before and after, and which Workers not, and why.

The counts come first. A person who is parked is shown with the reason and the time. If Twilio does not answer, plan prints what the
database suggests, and ends with exit code 1.`,
		Example: `  flexscim plan ann@example.com
  flexscim plan --all
  flexscim plan --all --flex-adopt-exact                # whom would adoption take?
  flexscim plan --all --mapping-file new-rules.yaml     # what would these rules change?
  flexscim plan --all --json | jq '.[] | select(.state == "parked")'`,
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
			if asJSON {
				err = terminal.JSON(c.OutOrStdout(), plan)
			} else {
				err = printPlan(c.OutOrStdout(), plan)
			}
			return cmp.Or(err, reportedUnless(plan.Error == ""))
		},
	}
	config.Register(c.Flags(), "database", "flex", "twilio", "leavers", "mapping", "log")
	c.Flags().BoolVar(&all, "all", false, "plan everybody; people without a difference are only counted")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON: one object for USER, an array for --all")
	return c
}

// printPlans prints the counts of all plans, and then each plan that has steps or an
// error. If asJSON is true, it prints only these plans, without the counts.
func printPlans(c *cobra.Command, a *admin.Admin, asJSON bool) error {
	out, progress, counts := c.OutOrStdout(), newProgress(c.ErrOrStderr(), "people compared"), admin.PlanCounts{}
	plans := []admin.Plan{}
	for plan, err := range a.Plans(c.Context()) {
		if err != nil {
			progress.clear()
			return err
		}
		progress.step()
		if counts.Add(plan); len(plan.Steps) > 0 || plan.Error != "" {
			plans = append(plans, plan)
		}
	}
	progress.clear()
	if asJSON {
		return cmp.Or(terminal.JSONArray(out, plans), reportedUnless(counts.Complete()))
	}
	_ = terminal.Printf(out, "%s. Nothing was changed.\n", counts)
	for _, plan := range plans {
		_ = terminal.Printf(out, "\n")
		if err := printPlan(out, plan); err != nil {
			return err
		}
	}
	return reportedUnless(counts.Complete())
}

func printPlan(out io.Writer, p admin.Plan) error {
	_ = terminal.Printf(out, "%s (%s)\n", p.UserName, p.User)
	if p.Blocked != "" {
		_ = terminal.Printf(out, "  %s since %s: %s\n", p.State, moment(p.Since), p.Blocked)
	}
	if p.Error != "" {
		_ = terminal.Printf(out, "  not compared with Flex: %s\n", p.Error)
	}
	if p.Want == nil {
		_ = terminal.Printf(out, "  wanted: no Worker (%s)\n", p.Reason)
	}
	for _, key := range slices.Sorted(maps.Keys(p.Want)) {
		_ = terminal.Printf(out, "  wanted: %s = %v (%s)\n", key, p.Want[key], p.Why[key])
	}
	for _, f := range p.Findings {
		_ = terminal.Printf(out, "  %s\n", f)
	}
	printSteps(out, p)
	switch {
	case len(p.Steps) > 0:
	case p.Error != "":
		return terminal.Printf(out, "  nothing to do, as far as the database knows\n")
	default:
		return terminal.Printf(out, "  Flex is as wanted; nothing to do\n")
	}
	return nil
}

func printSteps(out io.Writer, p admin.Plan) {
	for _, s := range p.Steps {
		_ = terminal.Printf(out, "  → %s", s.Step)
		if s.Worker != "" {
			_ = terminal.Printf(out, " %s", s.Worker)
		}
		_ = terminal.Printf(out, ": %s\n", s.Why)
	}
	for _, change := range p.Changes {
		_ = terminal.Printf(out, "    %s: %s → %s\n", change.Key, value(change.Old), value(change.New))
	}
}

// value returns the value of an attribute as JSON, or "nothing".
func value(v any) string {
	text, err := json.Marshal(v)
	if v == nil || err != nil {
		return "nothing"
	}
	return string(text)
}
