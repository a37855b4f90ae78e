package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/flexscim/flexscim/internal/config"
	"github.com/flexscim/flexscim/internal/plan"
	"github.com/flexscim/flexscim/internal/reconcile"
	"github.com/flexscim/flexscim/internal/store"
)

func planCommand() *cobra.Command {
	var all, asJSON bool
	c := &cobra.Command{
		Use:   "plan [USER | --all]",
		Short: "What would change in Flex, and why; changes nothing",
		Long: `plan compares what the IdP last said with what Flex has, and prints the steps that flexscim would take, with the reason of each.
It uses the very function that decides in earnest, and writes nothing: not in Flex, not in the database.`,
		Example: `  flexscim plan ann@example.com
  flexscim plan --all
  flexscim plan --all --mapping-file new-rules.yaml     # what would these rules change?
  flexscim plan --all --json | jq 'select(.steps != [])'`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if all == (len(args) == 1) {
				return &usageError{fmt.Errorf("name a user, or all of them with --all; see %s --help", c.CommandPath())}
			}
			a, err := openTools(c)
			if err != nil {
				return err
			}
			defer a.close()
			p := planner{app: a, out: c.OutOrStdout(), json: asJSON}
			if all {
				return p.everybody(c.Context(), newProgress(c.ErrOrStderr(), "people compared"))
			}
			person, err := findPerson(c.Context(), a.store, args[0])
			if err != nil {
				return err
			}
			return p.one(c.Context(), person)
		},
	}
	config.Register(c.Flags(), "database", "flex", "twilio", "leavers", "mapping", "log")
	c.Flags().BoolVar(&all, "all", false, "everybody; who is as wanted is only counted")
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a person")
	return c
}

// planner prints previews.
type planner struct {
	app  *app
	out  io.Writer
	json bool
}

// planned is a preview as JSON.
type planned struct {
	User     string            `json:"user"`
	UserName string            `json:"user_name"`
	Want     map[string]any    `json:"want"` // null: no Worker
	Why      map[string]string `json:"why,omitempty"`
	Worker   string            `json:"worker,omitempty"`
	Steps    []plannedStep     `json:"steps"`
	Findings []string          `json:"findings,omitempty"`
}

type plannedStep struct {
	Step   string   `json:"step"`
	Why    string   `json:"why"`
	Worker string   `json:"worker,omitempty"`
	Keys   []string `json:"keys,omitempty"`
}

// one prints the plan of one person.
func (p planner) one(ctx context.Context, person store.Person) error {
	preview, err := p.app.reconciler.Preview(ctx, person.Key)
	if err != nil {
		return err
	}
	return p.print(person, preview)
}

// everybody prints the plans of those for whom there is something to do.
func (p planner) everybody(ctx context.Context, progress *progress) error {
	counts := map[string]int{} // :: first verb, "" for none → people
	for person, err := range p.app.store.People(ctx) {
		if err != nil {
			return err
		}
		preview, err := p.app.reconciler.Preview(ctx, person.Key)
		if err != nil {
			return fmt.Errorf("%s: %w", person.Key.User, err)
		}
		progress.step()
		if len(preview.Steps) == 0 {
			counts[""]++
			continue
		}
		counts[string(preview.Steps[0].Verb)]++
		progress.clear()
		if err := p.print(person, preview); err != nil {
			return err
		}
	}
	progress.clear()
	if p.json {
		return nil
	}
	return p.summary(counts)
}

// summary counts people by what would happen first.
func (p planner) summary(counts map[string]int) error {
	var parts []string
	for _, verb := range []plan.Verb{plan.Create, plan.Adopt, plan.Update, plan.Rename, plan.StopRouting, plan.EndWork, plan.Wait, plan.Delete, plan.Verify, plan.Report} {
		if n := counts[string(verb)]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, verb))
		}
	}
	parts = append(parts, fmt.Sprintf("%d as wanted", counts[""]))
	_, err := fmt.Fprintf(p.out, "%s. Nothing was changed.\n", strings.Join(parts, ", "))
	return err
}

func (p planner) print(person store.Person, preview reconcile.Preview) error {
	view := planned{
		User: string(person.Key.User), UserName: person.User.Doc.UserName(),
		Want: preview.Want.Attributes, Why: preview.Want.Why, Steps: []plannedStep{},
	}
	if preview.Worker != nil {
		view.Worker = string(preview.Worker.SID)
	}
	for _, s := range preview.Steps {
		view.Steps = append(view.Steps, plannedStep{string(s.Verb), s.Why, string(s.Worker), s.Keys})
	}
	for _, f := range preview.Findings {
		view.Findings = append(view.Findings, fmt.Sprintf("%s: %s", f.Level, f.Text))
	}
	if p.json {
		return json.NewEncoder(p.out).Encode(view)
	}
	return view.write(p.out, preview.Reason)
}

// write is the plan for a reader.
func (v planned) write(out io.Writer, nobody string) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s)\n", v.UserName, v.User)
	if v.Want == nil {
		fmt.Fprintf(&b, "  wanted: no Worker (%s)\n", nobody)
	}
	for _, key := range slices.Sorted(mapKeys(v.Want)) {
		fmt.Fprintf(&b, "  wanted: %s = %v (%s)\n", key, v.Want[key], v.Why[key])
	}
	for _, f := range v.Findings {
		fmt.Fprintf(&b, "  %s\n", f)
	}
	for _, s := range v.Steps {
		fmt.Fprintf(&b, "  → %s", s.Step)
		if s.Worker != "" {
			fmt.Fprintf(&b, " %s", s.Worker)
		}
		if len(s.Keys) > 0 {
			fmt.Fprintf(&b, " [%s]", strings.Join(s.Keys, " "))
		}
		fmt.Fprintf(&b, ": %s\n", s.Why)
	}
	if len(v.Steps) == 0 {
		b.WriteString("  Flex is as wanted; nothing to do\n")
	}
	_, err := io.WriteString(out, b.String())
	return err
}
