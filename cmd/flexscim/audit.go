package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/flexscim/flexscim/internal/audit"
	"github.com/flexscim/flexscim/internal/config"
	"github.com/flexscim/flexscim/internal/store"
)

func auditCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "audit",
		Short: "Read and check the audit log: who changed what, and what became of it in Flex",
		Long: `The audit log has an entry for every change: what the IdP changed, what flexscim did in Flex because of it, which tokens were made and revoked.
It is written together with the change, names people by id only, and is linked into a chain, so that nothing can be changed or taken away unseen.`,
		Example: "  flexscim audit list ann@example.com\n  flexscim audit verify --config flexscim.yaml",
		Args:    cobra.NoArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(auditListCommand(), auditVerifyCommand())
	return c
}

// mostEntries is how many entries list prints where nothing else is said.
const mostEntries = 50

func auditListCommand() *cobra.Command {
	var limit int
	var asJSON bool
	c := &cobra.Command{
		Use:   "list [SUBJECT]",
		Short: "Print entries of the audit log, the newest first",
		Long: `list prints what was done, the newest first. SUBJECT leaves what concerns one person, by userName or id: what the IdP changed of them, and what
was done to the Worker that they have or had last. It may also be the id of a group or a token, or a Worker's SID.

REQUEST is the reference of the IdP's request, under which the log has more; the IdP got it as X-Request-Id.`,
		Example: `  flexscim audit list
  flexscim audit list ann@example.com
  flexscim audit list --limit 1000 --json | jq 'select(.action == "worker.deleted")'`,
		Args: cobra.MaximumNArgs(1),
		PreRunE: func(*cobra.Command, []string) error {
			if limit < 1 {
				return &usageError{fmt.Errorf("--limit %d: print one entry at least", limit)}
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			s, err := openDatabase(c)
			if err != nil {
				return err
			}
			defer closeQuietly(s)
			entries, names, err := auditEntries(c.Context(), s, strings.Join(args, ""), limit)
			switch {
			case err != nil:
				return err
			case asJSON:
				return printObjects(c, entries, func(e audit.Entry) map[string]any {
					return map[string]any{"at": e.At, "connection": names[e.Connection], "actor": e.Actor, "action": e.Action, "subject": e.Subject,
						"request": e.Request, "detail": e.Detail}
				})
			}
			return printEntries(c, entries, names)
		},
	}
	config.Register(c.Flags(), "database")
	c.Flags().IntVar(&limit, "limit", mostEntries, "how many entries")
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object an entry")
	return c
}

// auditEntries are the newest entries of all connections, or of what a name
// means, and the connections' names by id.
func auditEntries(ctx context.Context, s *store.Store, name string, limit int) (all []audit.Entry, names map[string]string, err error) {
	connections, err := s.Connections(ctx)
	if err != nil {
		return nil, nil, err
	}
	subjects, err := auditSubjects(ctx, s, name)
	if err != nil {
		return nil, nil, err
	}
	names = map[string]string{}
	for _, c := range connections {
		names[string(c.ID)] = c.Name
		for _, subject := range subjects {
			entries, err := s.AuditEntries(ctx, c.ID, subject, limit)
			if err != nil {
				return nil, nil, err
			}
			all = append(all, entries...)
		}
	}
	slices.SortStableFunc(all, func(a, b audit.Entry) int { return b.At.Compare(a.At) })
	return all[:min(len(all), limit)], names, nil
}

// auditSubjects is what entries may have as subject that a name means: itself,
// and of a person their id and their Worker.
func auditSubjects(ctx context.Context, s *store.Store, name string) ([]string, error) {
	subjects := []string{name}
	if name == "" {
		return subjects, nil // all
	}
	persons, err := s.FindPeople(ctx, name)
	for _, p := range persons {
		subjects = append(subjects, string(p.Key.User))
		if p.Link != nil {
			subjects = append(subjects, string(p.Link.Worker))
		}
		if p.Leaver != nil {
			subjects = append(subjects, string(p.Leaver.Worker))
		}
	}
	slices.Sort(subjects)
	return slices.DeleteFunc(slices.Compact(subjects), func(s string) bool { return s == "" }), err
}

func printEntries(c *cobra.Command, entries []audit.Entry, names map[string]string) error {
	if len(entries) == 0 {
		_, err := fmt.Fprintln(c.ErrOrStderr(), "the audit log has nothing about that; `flexscim audit list` prints what it has")
		return err
	}
	w := table(c, "AT\tCONNECTION\tACTOR\tACTION\tSUBJECT\tREQUEST\tDETAIL")
	for _, e := range entries {
		var detail []string
		for _, key := range slices.Sorted(maps.Keys(e.Detail)) {
			detail = append(detail, key+"="+e.Detail[key])
		}
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", e.At.UTC().Format(time.RFC3339), names[e.Connection], e.Actor, e.Action, e.Subject,
			cmp.Or(e.Request, "–"), strings.Join(detail, " "))
	}
	return w.Flush()
}

func auditVerifyCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "verify",
		Short: "Check that no entry of the audit log was changed or taken away",
		Long: `Every entry is linked to the one before it by a SHA-256 hash. verify walks the chain and names the first entry that does not hold.
Entries of the last moment may not be linked yet; they are counted apart. Exit code 1 means that the chain is broken.`,
		Example: "  flexscim audit verify --database-url postgres://…",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			s, err := openDatabase(c)
			if err != nil {
				return err
			}
			defer closeQuietly(s)
			progress := newProgress(c.ErrOrStderr(), "entries checked")
			checked, unsealed, problem, err := s.VerifyAudit(c.Context(), progress.at)
			progress.clear()
			if err != nil {
				return err
			}
			out := c.OutOrStdout()
			switch {
			case asJSON:
				err = json.NewEncoder(out).Encode(map[string]any{"holds": problem == nil, "checked": checked, "unsealed": unsealed, "problem": problem})
			case problem == nil:
				_, err = fmt.Fprintf(out, "the chain holds: %d entries, %d more not linked yet\n", checked, unsealed)
			default:
				_, err = fmt.Fprintf(out, "the chain is broken at entry %d (%s): %s\n%d entries before it hold\n", problem.Seq, problem.Entry, problem.Reason, checked)
			}
			if err == nil && problem != nil {
				err = errReported
			}
			return err
		},
	}
	config.Register(c.Flags(), "database", "log")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}
