package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/flexscim/flexscim/internal/admin"
	"github.com/flexscim/flexscim/internal/config"
	"github.com/flexscim/flexscim/internal/terminal"
)

func statusCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "status",
		Short: "Show one screen: servers, Twilio, last sweep, pushes, tokens, people, what needs a person",
		Long: `status prints what the database says about this installation. It does not call Twilio: a server saves there what it last saw.
'flexscim doctor' checks the configuration and Twilio, too.

` + stateHelp,
		Example: "  flexscim status --config flexscim.yaml\n  flexscim status --json | jq .needs_a_person",
		Args:    cobra.NoArgs,
		RunE: withAdmin(func(c *cobra.Command, a *admin.Admin, _ []string) error {
			s, err := a.Status(c.Context())
			if err != nil {
				return err
			}
			if asJSON {
				return terminal.JSON(c.OutOrStdout(), s)
			}
			return printStatus(c, s)
		}),
	}
	config.Register(c.Flags(), "database")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func printStatus(c *cobra.Command, s admin.Status) error {
	w := columns(c)
	if len(s.Servers) == 0 {
		_ = terminal.Printf(w, "server\tnone\n")
	}
	for _, one := range s.Servers {
		_ = terminal.Printf(w, "server\tversion %s, rules %s, seen %s\n", one.Version, ruleName(one.Rules), ago(&one.Seen))
	}
	if t := s.Twilio; t.Since != nil {
		_ = terminal.Printf(w, "Twilio\tfailing since %s: %s\n", moment(t.Since), t.Result)
	} else {
		_ = terminal.Printf(w, "Twilio\t%s, last call %s\n", orDash(t.Result), ago(t.At))
	}
	printLastSweep(w, s.Sweep)
	for _, one := range s.Connections {
		_ = terminal.Printf(w, "connection\t%s (%s): last push %s, %d valid tokens, %s\n", one.Name, one.Kind, ago(one.LastPush), one.Tokens, expiry(one))
	}
	var people []string
	for _, state := range admin.States() {
		people = append(people, fmt.Sprintf("%d %s", s.People[state], state))
	}
	_ = terminal.Printf(w, "people\t%s\n", strings.Join(people, ", "))
	if err := w.Flush(); err != nil || len(s.Needs) == 0 {
		return err
	}
	_ = terminal.Printf(c.OutOrStdout(), "\nneeds a person:\n")
	for _, f := range s.Needs {
		printFinding(c.OutOrStdout(), f)
	}
	return nil
}

func printLastSweep(w io.Writer, s *admin.SweepStatus) {
	switch {
	case s == nil:
		_ = terminal.Printf(w, "last sweep\tnone in the last day\n")
	case s.Error != "":
		_ = terminal.Printf(w, "last sweep\t%s, failed: %s\n", ago(&s.At), s.Error)
	default:
		_ = terminal.Printf(w, "last sweep\t%s: %d Workers, %d of them flexscim's, %d foreign, %d unclear; %d differed, %d were missing\n",
			ago(&s.At), s.Workers, s.Ours, s.Foreign, s.Orphans, s.Different, s.Missing)
	}
}

func ruleName(file string) string {
	if file == "" {
		return "none"
	}
	return file
}

// ago returns how long ago a time was, or "never" for nil.
func ago(t *time.Time) string {
	if t == nil {
		return "never"
	}
	return time.Since(*t).Round(time.Second).String() + " ago"
}

// expiry says when the last valid token of a connection expires.
func expiry(c admin.ConnectionStatus) string {
	switch {
	case c.Tokens == 0:
		return "so the IdP cannot push"
	case c.Expires == nil:
		return "without expiry"
	}
	return "valid until " + day(*c.Expires)
}
