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
	var limit int
	var asJSON bool
	c := &cobra.Command{
		Use:   "list [SUBJECT]",
		Short: "Print entries of the audit log, newest first",
		Long: `list prints entries of the audit log, newest first. With the userName or id of a person as SUBJECT, it prints only what the IdP changed
of that person, and what was done to the Worker that the person has or had last. SUBJECT may also be the id of a group or a token, or a
Worker's SID.

REQUEST is the id of the IdP's request. The IdP received it as X-Request-Id, and the log has more about the request under this id.`,
		Example: `  flexscim audit list
  flexscim audit list ann@example.com
  flexscim audit list --limit 1000 --json | jq 'select(.action == "worker.deleted")'`,
		Args: cobra.MaximumNArgs(1),
		PreRunE: func(*cobra.Command, []string) error {
			if limit < 1 {
				return usage("--limit %d: must be at least 1", limit)
			}
			return nil
		},
		RunE: withAdmin(func(c *cobra.Command, a *admin.Admin, args []string) error {
			entries, err := a.AuditEntries(c.Context(), strings.Join(args, ""), limit)
			switch {
			case err != nil:
				return err
			case asJSON:
				return printObjects(c, entries, func(e admin.Entry) map[string]any {
					return map[string]any{"at": e.At, "connection": e.ConnectionName, "actor": e.Actor, "action": e.Action, "subject": e.Subject,
						"request": e.Request, "detail": e.Detail}
				})
			}
			return printEntries(c, entries)
		}),
	}
	config.Register(c.Flags(), "database")
	c.Flags().IntVar(&limit, "limit", defaultEntries, "maximum number of entries")
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object per entry")
	return c
}

func printEntries(c *cobra.Command, entries []admin.Entry) error {
	if len(entries) == 0 {
		return terminal.Printf(c.ErrOrStderr(), "the audit log has no entry about this subject; `flexscim audit list` prints all entries\n")
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
