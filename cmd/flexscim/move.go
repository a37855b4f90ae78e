package main

import (
	"errors"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/flexscim/flexscim/internal/admin"
	"github.com/flexscim/flexscim/internal/config"
	"github.com/flexscim/flexscim/internal/terminal"
)

func moveCommand() *cobra.Command {
	var to, file string
	c := &cobra.Command{
		Use:   "move",
		Short: "Copy a SQLite database to PostgreSQL",
		Long: `move copies everything from SQLite to an empty PostgreSQL database: connections, tokens, users, groups, links to Workers, and the audit log with
its hash chain. IdPs need no change, because ids, tokens and cursors stay valid. Stop the server first. move creates the tables if there are
none, copies in one transaction, and then compares both databases and checks the chain.

Afterwards set database.url to the new database and start the server. Do not start a server on the SQLite file again: it would change the
same Workers. The file does not change; remove it later. The process list shows a password in --to, so write the URL to a file for
--to-file, or set PGPASSWORD.`,
		Example: `  flexscim move --config flexscim.yaml --to postgres://flexscim@db.example.com/flexscim
  flexscim move --database-url sqlite:flexscim.db --to-file /run/secrets/database`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := readConfig(c)
			if err != nil {
				return err
			}
			if (to == "") == (file == "") {
				return usage("give the new database with --to or --to-file")
			}
			if file != "" {
				if to, err = readURL(file); err != nil {
					return err
				}
			}
			rows, entries := newProgress(c.ErrOrStderr(), "rows copied"), newProgress(c.ErrOrStderr(), "audit entries checked")
			moved, err := admin.Move(c.Context(), cfg.Database.URL, to, admin.MoveProgress{Copied: rows.at, Checked: entries.at})
			rows.clear()
			entries.clear()
			if err != nil {
				return err
			}
			_ = terminal.Printf(c.OutOrStdout(), "the new database contains ")
			return printCopy(c, moved)
		},
	}
	config.Register(c.Flags(), "database")
	c.Flags().StringVar(&to, "to", "", "URL of the PostgreSQL database")
	c.Flags().StringVar(&file, "to-file", "", "file that contains this URL")
	return c
}

// readURL returns the URL that a file contains. Its error does not contain the name
// of the file, because an operator may have given the URL instead.
func readURL(file string) (string, error) {
	text, err := os.ReadFile(file)
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		err = e.Err
	}
	if err != nil {
		return "", usage("the file after --to-file cannot be read: %w", err)
	}
	return strings.TrimSpace(string(text)), nil
}
