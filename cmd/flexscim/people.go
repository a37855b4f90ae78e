package main

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/flexscim/flexscim/internal/admin"
	"github.com/flexscim/flexscim/internal/config"
	"github.com/flexscim/flexscim/internal/terminal"
)

const stateHelp = `The states are:
  pending   Flex does not have the last change yet; flexscim is working on it, or tries again
  settled   Flex is as wanted
  parked    flexscim cannot make the change; an operator must act, and REASON says why
  held      the change waits until an operator releases it
  leaving   the Worker of a leaver is being removed
  stuck     the removal of a leaver's Worker does not succeed; an operator must act
  removed   the IdP has deactivated or deleted the person, and Flex has no Worker`

func peopleCommand() *cobra.Command {
	c := &cobra.Command{
		Use:     "people",
		Short:   "List the people whom IdPs have pushed, and show one of them",
		Long:    "people prints what the database says about people: what Flex should have, and how far flexscim is.\n\n" + stateHelp,
		Example: "  flexscim people list --state parked\n  flexscim people show ann@example.com",
		Args:    cobra.NoArgs,
		RunE:    showHelp,
	}
	c.AddCommand(peopleListCommand(), peopleShowCommand())
	for _, sub := range c.Commands() {
		config.Register(sub.Flags(), "database")
	}
	return c
}

func peopleListCommand() *cobra.Command {
	var q admin.PeopleQuery
	var states []string
	var asJSON bool
	c := &cobra.Command{
		Use:   "list",
		Short: "List people with their state, roles and Worker",
		Long: `list prints everybody whom IdPs have pushed, also those who have left. ROLES are those that the rules of the running server give. If
no server has run in the last day, they are those of the configured rules.

` + stateHelp,
		Example: `  flexscim people list
  flexscim people list --state parked,stuck          # for whom must I act?
  flexscim people list --json | jq -r '.[] | select(.state == "removed") | .user_name'`,
		Args: cobra.NoArgs,
		PreRunE: func(*cobra.Command, []string) (err error) {
			q.States, err = admin.ParseStates(states)
			return err
		},
		RunE: withAdmin(func(c *cobra.Command, a *admin.Admin, _ []string) error {
			people := []admin.Person{}
			for p, err := range a.People(c.Context(), q) {
				if err != nil {
					return err
				}
				people = append(people, p)
			}
			if asJSON {
				return terminal.JSONArray(c.OutOrStdout(), people)
			}
			if len(people) == 0 {
				return terminal.Printf(c.ErrOrStderr(), "nobody: is this the database that serve or sandbox uses (--config, --database-url)?\n")
			}
			w := table(c, "USER NAME\tCONNECTION\tSTATE\tSINCE\tROLES\tWORKER\tREASON")
			for _, p := range people {
				_ = terminal.Printf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", p.UserName, p.Connection, p.State, moment(p.Since),
					orDash(strings.Join(p.Roles, " ")), orDash(p.Worker), orDash(p.Reason))
			}
			return w.Flush()
		}),
	}
	c.Flags().StringSliceVar(&states, "state", nil, "only people in these states, separated by commas")
	c.Flags().StringVar(&q.Connection, "connection", "", "only people of this connection")
	c.Flags().BoolVar(&asJSON, "json", false, "print a JSON array")
	completeWords(c, "state", stateWords())
	return c
}

// stateWords returns the states with their explanations, for completion.
func stateWords() (words []string) {
	for _, line := range strings.Split(stateHelp, "\n")[1:] {
		word, meaning, _ := strings.Cut(strings.TrimSpace(line), " ")
		words = append(words, word+"\t"+strings.TrimSpace(meaning))
	}
	return words
}

func peopleShowCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "show USER",
		Short: "Show what the database says about a person: state, groups, wanted Worker, removal",
		Long: `show prints what the database says about the person with this userName or id. It does not ask Twilio: 'flexscim plan USER' compares
the person with Flex, and 'flexscim audit list USER' prints what happened.`,
		Example: "  flexscim people show ann@example.com\n  flexscim people show ann@example.com --json | jq .removal",
		Args:    cobra.ExactArgs(1),
		RunE: withAdmin(func(c *cobra.Command, a *admin.Admin, args []string) error {
			p, err := a.ShowPerson(c.Context(), args[0])
			if err != nil {
				return err
			}
			if asJSON {
				return terminal.JSON(c.OutOrStdout(), p)
			}
			return printPerson(c, p)
		}),
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func printPerson(c *cobra.Command, p admin.PersonDetails) error {
	w := columns(c)
	line := func(name, value string) { _ = terminal.Printf(w, "%s\t%s\n", name, orDash(value)) }
	line("user name", p.UserName)
	line("id", p.ID)
	line("connection", p.Connection)
	line("active", yesOrNo(p.Active))
	line("state", string(p.State)+" since "+moment(p.Since))
	line("reason", p.Reason)
	line("Worker", p.Worker)
	line("groups", strings.Join(p.Groups, ", "))
	for _, key := range slices.Sorted(maps.Keys(p.Want)) {
		_ = terminal.Printf(w, "wanted\t%s = %v (%s)\n", key, p.Want[key], p.Why[key])
	}
	for _, skill := range slices.Sorted(maps.Keys(p.Skills)) {
		_ = terminal.Printf(w, "skill\t%s, level %v (last seen in Flex)\n", skill, cmp.Or(p.Skills[skill], any("none")))
	}
	for _, f := range p.Findings {
		line("finding", f)
	}
	line("last request", p.Request)
	if l := p.Removal; l != nil {
		_ = terminal.Printf(w, "removal\t%s: requested %s, stopped %s, removed %s, verified %s\n", l.State, moment(l.Requested), moment(l.Stopped), moment(l.Removed), moment(l.Verified))
	}
	return w.Flush()
}

// moment returns a time as text, or "–" for nil.
func moment(t *time.Time) string {
	if t == nil {
		return "–"
	}
	return t.UTC().Format(time.RFC3339)
}

func orDash(text string) string { return cmp.Or(text, "–") }

func yesOrNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}
