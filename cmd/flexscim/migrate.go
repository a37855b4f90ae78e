package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/flexscim/flexscim/internal/config"
	"github.com/flexscim/flexscim/internal/queue"
	"github.com/flexscim/flexscim/internal/store"
)

func migrateCommand() *cobra.Command {
	var dry bool
	c := &cobra.Command{
		Use:   "migrate",
		Short: "Bring the database to this version",
		Long: `migrate makes or changes the tables. serve does it by itself at the start, so you need this only where another user may change tables
than may write rows. It goes forward only: back up first.`,
		Example: "  flexscim migrate --dry-run\n  flexscim migrate --database-url postgres://…",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := readConfig(c)
			if err != nil {
				return err
			}
			s, err := openStore(c.Context(), cfg, nil)
			if err != nil {
				return err
			}
			defer closeQuietly(s)
			have, want, err := s.SchemaVersion(c.Context())
			if err != nil {
				return err
			}
			_, _ = fmt.Fprintf(c.OutOrStdout(), "the database is at version %d, this program at %d\n", have, want)
			if dry {
				return nil
			}
			return migrate(c, s)
		},
	}
	config.Register(c.Flags(), "database")
	c.Flags().BoolVar(&dry, "dry-run", false, "only say which version the database has")
	return c
}

// migrate makes our tables and the queue's.
func migrate(c *cobra.Command, s *store.Store) error {
	if err := s.Migrate(c.Context()); err != nil {
		return err
	}
	return queue.Migrate(c.Context(), s)
}
