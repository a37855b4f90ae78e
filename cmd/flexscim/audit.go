package main

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/flexscim/flexscim/internal/config"
)

func auditCommand() *cobra.Command {
	c := &cobra.Command{
		Use:     "audit",
		Short:   "The audit log",
		Example: "  flexscim audit verify --config flexscim.yaml",
		Args:    cobra.NoArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(auditVerifyCommand())
	return c
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
