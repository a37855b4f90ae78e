package main

import (
	"github.com/spf13/cobra"

	"github.com/flexscim/flexscim/internal/admin"
	"github.com/flexscim/flexscim/internal/config"
	"github.com/flexscim/flexscim/internal/terminal"
)

func restoreCommand() *cobra.Command {
	var r admin.RestoreRequest
	c := &cobra.Command{
		Use:   "restore FILE",
		Short: "Replace a SQLite database by a backup; without --confirm, only check it",
		Long: `restore replaces the database by FILE, which 'flexscim backup' has written. Without --confirm it changes nothing: it checks FILE and prints what
FILE and the database contain. With --confirm it refuses while a server uses the database, and keeps the old database beside the new one,
under a name that it prints. A damaged FILE, and one of a newer flexscim, are refused.

When the server starts on a restored database, it compares everybody with Flex and makes Flex match the database as it was at the time of
the backup: Workers of people who have left since are made again, and renames are undone, until the IdP pushes these changes again. Tokens
that were revoked since are valid again. So before the start, see 'flexscim plan --all' and 'flexscim token list'; after it, let the IdP push
everybody. docs/reference/backup.md has the steps. For PostgreSQL, use pg_restore.`,
		Example: `  flexscim restore /backups/flexscim-2026-01-31.db --config flexscim.yaml
  flexscim restore /backups/flexscim-2026-01-31.db --config flexscim.yaml --confirm`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			cfg, err := readConfig(c)
			if err != nil {
				return err
			}
			r.Database, r.File = cfg.Database.URL, args[0]
			progress := newProgress(c.ErrOrStderr(), "audit entries checked")
			done, err := admin.Restore(c.Context(), r, progress.at)
			progress.clear()
			if err != nil {
				return err
			}
			return printRestored(c, r.File, done)
		},
	}
	config.Register(c.Flags(), "database")
	c.Flags().BoolVar(&r.Confirm, "confirm", false, "replace the database")
	c.Flags().BoolVar(&r.Force, "force", false, "restore FILE although the chain of its audit log is broken")
	return c
}

func printRestored(c *cobra.Command, file string, r admin.Restored) error {
	out := c.OutOrStdout()
	_ = terminal.Printf(out, "%s, written %s, contains ", file, age(r.Written))
	_ = printCopy(c, r.Backup) // its chain is unbroken, or --force was given
	if r.Plain {
		_ = terminal.Printf(out, "warning: `flexscim backup` did not write this file; if it was copied while a server ran, the newest changes are missing\n")
	}
	if now := r.Current; now != nil {
		_ = terminal.Printf(out, "%s contained %d people, %d groups, %d tokens; newest audit entry %s\n", r.Path, now.People, now.Groups, now.Tokens, age(now.Newest))
	} else {
		_ = terminal.Printf(out, "%s: %s\n", r.Path, r.Problem)
	}
	switch {
	case !r.Done:
		return terminal.Printf(out, "nothing was changed; to replace the database, stop the server and add --confirm\n")
	case r.Kept != "":
		_ = terminal.Printf(out, "the old database is now %s\n", r.Kept)
	}
	return terminal.Printf(out, "%s is restored; `flexscim plan --all` shows what the server will change in Flex\n", r.Path)
}
