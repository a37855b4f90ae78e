package main

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/flexscim/flexscim/internal/admin"
	"github.com/flexscim/flexscim/internal/config"
	"github.com/flexscim/flexscim/internal/terminal"
)

func backupCommand() *cobra.Command {
	var force bool
	c := &cobra.Command{
		Use:   "backup FILE",
		Short: "Write a backup of a SQLite database, while the server runs",
		Long: `backup writes everything that flexscim stores to FILE: users, groups, links to Workers, hashes of tokens, and the audit log. The server may run
and write meanwhile. Do not copy the database file with other programs: the newest changes are in a second file (-wal), and would be lost.

backup checks FILE before FILE gets its name: SQLite's integrity check, and the hash chain of the audit log. Exit code 1 and "the chain is
broken" mean that FILE is complete, but that somebody has changed the audit log. Only the owner can read FILE. Keep it as secret as the
database, because it contains personal data. For PostgreSQL, use pg_dump.`,
		Example: `  flexscim backup /backups/flexscim-$(date +%F).db --config flexscim.yaml
  flexscim backup latest.db --force      # replaces the file`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			cfg, err := readConfig(c)
			if err != nil {
				return err
			}
			progress := newProgress(c.ErrOrStderr(), "audit entries checked")
			made, err := admin.Backup(c.Context(), cfg.Database.URL, args[0], force, progress.at)
			progress.clear()
			if err != nil {
				return err
			}
			_ = terminal.Printf(c.OutOrStdout(), "%s contains ", args[0])
			return printCopy(c, made)
		},
	}
	config.Register(c.Flags(), "database")
	c.Flags().BoolVar(&force, "force", false, "replace FILE if it exists")
	return c
}

// printCopy prints what a checked copy contains. It returns errReported if the chain of
// its audit log is broken.
func printCopy(c *cobra.Command, made admin.Copy) error {
	_ = terminal.Printf(c.OutOrStdout(), "%d people, %d groups, %d tokens; newest audit entry %s; tables of version %d\n",
		made.People, made.Groups, made.Tokens, age(made.Newest), made.Schema)
	_ = printChain(c, made.Chain, false)
	return reportedUnless(made.Chain.Holds)
}

// age returns a time and how long ago it was.
func age(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.UTC().Format(time.RFC3339) + " (" + time.Since(t).Round(time.Second).String() + " ago)"
}
