package main

import (
	"github.com/spf13/cobra"

	"github.com/flexscim/flexscim/internal/admin"
	"github.com/flexscim/flexscim/internal/config"
	"github.com/flexscim/flexscim/internal/terminal"
)

func migrateCommand() *cobra.Command {
	var dry bool
	c := &cobra.Command{
		Use:   "migrate",
		Short: "Migrate the database to the version of this program",
		Long: `migrate creates or changes the tables. serve does the same when it starts, so you need migrate only if serve's database user must not change
tables. Other commands create the tables of a new database, and refuse one that is older or newer than this program. migrate cannot go back to
an earlier version, so make a backup first, with 'flexscim backup' or pg_dump.`,
		Example: "  flexscim migrate --dry-run\n  FLEXSCIM_DATABASE_URL=postgres://… flexscim migrate",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			s, _, err := openDatabase(c)
			if err != nil {
				return err
			}
			defer closeQuietly(s)
			have, want, err := s.SchemaVersion(c.Context())
			if err != nil {
				return err
			}
			_ = terminal.Printf(c.OutOrStdout(), "the database is at version %d, this program at %d\n", have, want)
			if dry {
				return nil
			}
			return admin.Migrate(c.Context(), s)
		},
	}
	config.Register(c.Flags(), "database")
	c.Flags().BoolVar(&dry, "dry-run", false, "only print the versions")
	return c
}
