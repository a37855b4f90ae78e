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

func auditCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "audit",
		Short: "Read and verify the audit log: who changed what, and the result in Flex",
		Long: `The audit log has an entry for every change: what the IdP changed, what flexscim then did in Flex, and which tokens were created and
revoked. An entry is written together with its change and names people by id only. Entries are linked into a hash chain, so that nobody
can change or remove one unnoticed.`,
		Example: "  flexscim audit list ann@example.com\n  flexscim audit verify --config flexscim.yaml",
		Args:    cobra.NoArgs,
		RunE:    showHelp,
	}
	c.AddCommand(auditListCommand(), auditVerifyCommand())
	return c
}

const defaultEntries = 50

func auditListCommand() *cobra.Command {
	o := auditList{}
	c := &cobra.Command{
		Use:   "list [SUBJECT]",
		Short: "Print entries of the audit log, newest first",
		Long: `list prints entries of the audit log, newest first. With the userName or id of a person as SUBJECT, it prints only what the IdP changed
of that person, and what was done to the Workers that the person has had. SUBJECT may also be the id of a group or a token, a Worker's
SID, or a reference id. All filters together select the entries.

REQUEST is the reference id of the IdP's request. The IdP received it as X-Request-Id, each error names it, and the log has more about the
request under this id. A search for a reference id reads the whole log; with --since it reads only the newer part.`,
		Example: `  flexscim audit list
  flexscim audit list ann@example.com                       # the same as --user ann@example.com
  flexscim audit list 4m2kq8vz1xtb                          # what this request caused
  flexscim audit list --action worker.deleted --since 7d    # --action worker: everything about Workers
  flexscim audit list --limit 1000 --json | jq '.[] | select(.actor == "cli")'`,
		Args:    cobra.MaximumNArgs(1),
		PreRunE: func(_ *cobra.Command, args []string) error { return o.read(args) },
		RunE: withAdmin(func(c *cobra.Command, a *admin.Admin, _ []string) error {
			entries, err := a.AuditEntries(c.Context(), o.query, o.limit)
			switch {
			case err != nil:
				return err
			case o.json:
				return printObjects(c, entries, entryObject)
			}
			return printEntries(c, entries)
		}),
	}
	config.Register(c.Flags(), "database")
	c.Flags().IntVar(&o.limit, "limit", defaultEntries, "maximum number of entries")
	c.Flags().StringVar(&o.since, "since", "", sinceHelp)
	c.Flags().StringVar(&o.query.Action, "action", "", "only this action, such as worker.deleted, or all actions of a noun, such as worker")
	c.Flags().StringVar(&o.query.Request, "request", "", "only what the request with this reference id caused")
	c.Flags().StringVar(&o.query.User, "user", "", "only what is about this person (userName or id)")
	c.Flags().BoolVar(&o.json, "json", false, "print a JSON array")
	completeWords(c, "action", admin.AuditActions())
	completeWords(c, "since", sinceExamples)
	return c
}

// auditList has the flags of the command audit list.
type auditList struct {
	query admin.AuditQuery
	since string
	limit int
	json  bool
}

// read checks the flags and arguments, and completes the query.
func (o *auditList) read(args []string) (err error) {
	switch {
	case o.limit < 1:
		return usage("--limit %d: must be at least 1", o.limit)
	case len(args) > 0 && o.query.User != "":
		return usage("give SUBJECT or --user, not both")
	}
	o.query.Subject = strings.Join(args, "")
	o.query.Since, err = admin.ParseSince(o.since, time.Now())
	return err
}

func entryObject(e admin.Entry) map[string]any {
	return map[string]any{"at": e.At, "connection": e.ConnectionName, "actor": e.Actor, "action": e.Action, "subject": e.Subject,
		"request": e.Request, "detail": e.Detail}
}

func printEntries(c *cobra.Command, entries []admin.Entry) error {
	if len(entries) == 0 {
		return terminal.Printf(c.ErrOrStderr(), "the audit log has no such entry; `flexscim audit list` prints the newest entries\n")
	}
	w := table(c, "AT\tCONNECTION\tACTOR\tACTION\tSUBJECT\tREQUEST\tDETAIL")
	for _, e := range entries {
		var detail []string
		for _, key := range slices.Sorted(maps.Keys(e.Detail)) {
			detail = append(detail, key+"="+e.Detail[key])
		}
		_ = terminal.Printf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", e.At.UTC().Format(time.RFC3339), e.ConnectionName, e.Actor, e.Action, e.Subject,
			cmp.Or(e.Request, "–"), strings.Join(detail, " "))
	}
	return w.Flush()
}

func auditVerifyCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "verify",
		Short: "Verify that no entry of the audit log was changed or removed",
		Long: `Every entry is linked to the one before it by a SHA-256 hash. verify checks all links and names the first wrong entry. The newest
entries may not be linked yet; they are counted separately. Exit code 1 means that the chain is broken.`,
		Example: "  flexscim audit verify --config flexscim.yaml",
		Args:    cobra.NoArgs,
		RunE: withAdmin(func(c *cobra.Command, a *admin.Admin, _ []string) error {
			progress := newProgress(c.ErrOrStderr(), "entries checked")
			chain, err := a.VerifyAudit(c.Context(), progress.at)
			progress.clear()
			if err != nil {
				return err
			}
			if err := printChain(c, chain, asJSON); err != nil {
				return err
			}
			return reportedUnless(chain.Holds)
		}),
	}
	config.Register(c.Flags(), "database", "log")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func printChain(c *cobra.Command, chain admin.Chain, asJSON bool) (err error) {
	out := c.OutOrStdout()
	switch p := chain.Problem; {
	case asJSON:
		err = terminal.JSON(out, chain)
	case p == nil:
		err = terminal.Printf(out, "the chain is unbroken: %d entries, and %d that are not linked yet\n", chain.Checked, chain.Unsealed)
	default:
		err = terminal.Printf(out, "the chain is broken at entry %d (%s): %s\nthe %d entries before it are correct\n", p.Seq, p.Entry, p.Reason, chain.Checked)
	}
	return err
}
