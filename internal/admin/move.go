package admin

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/flexscim/flexscim/internal/store"
)

// MoveProgress are functions that Move calls while it works.
type MoveProgress struct {
	Copied  func(rows int64)
	Checked func(entries int64) // of the audit log
}

// Move copies a SQLite database to an empty PostgreSQL database in one transaction,
// and checks the copy. It creates the tables if there are none. It returns Conflict if
// a server uses the SQLite database or if the other database is not empty. The SQLite
// database does not change.
func Move(ctx context.Context, from, to string, p MoveProgress) (Copy, error) {
	path, err := sqliteFile(from, "move copies from SQLite only")
	if err != nil {
		return Copy{}, err
	}
	if !strings.HasPrefix(to, "postgres://") && !strings.HasPrefix(to, "postgresql://") {
		return Copy{}, failure(Usage, "the URL after --to must begin with postgres://")
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return Copy{}, failure(NotFound, "there is no database %s: check database.url (--config, --database-url)", path)
	}
	lock, err := lockFile(path)
	if err != nil {
		return Copy{}, err
	}
	defer lock.Close() //nolint:errcheck // the end of the process also ends it
	source, err := openMigrated(ctx, from)
	if err != nil {
		return Copy{}, err
	}
	defer source.Close() //nolint:errcheck // it was only read
	target, err := openMigrated(ctx, to)
	if err != nil {
		return Copy{}, fmt.Errorf("the new database: %w", err)
	}
	defer target.Close() //nolint:errcheck // the rows are committed
	err = source.CopyTo(ctx, target, p.Copied)
	if _, notEmpty := errors.AsType[*store.NotEmptyError](err); notEmpty {
		return Copy{}, failure(Conflict, "%w: the new database must be empty and used by no server, so create another one", err)
	}
	if err != nil {
		return Copy{}, err
	}
	return compare(ctx, source, target, p.Checked)
}

// openMigrated opens a database whose tables have the version of this program.
func openMigrated(ctx context.Context, url string) (*store.Store, error) {
	s, err := store.Open(ctx, store.Config{URL: url})
	if err != nil {
		return nil, errors.New(strings.Join(strings.Fields(err.Error()), " ")) // pgx writes a line for each address
	}
	if err := CheckSchema(ctx, s); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// compare returns what the copy contains, or an error if the original contains
// something else.
func compare(ctx context.Context, original, copied *store.Store, progress func(checked int64)) (c Copy, err error) {
	var want Copy
	if err := errors.Join(want.read(ctx, original, nil), c.read(ctx, copied, progress)); err != nil {
		return c, fmt.Errorf("check the copy: %w", err)
	}
	if c.Contents != want.Contents || c.Schema != want.Schema || !c.Chain.equals(want.Chain) {
		return c, fmt.Errorf("the copy differs from the original, so do not use it: %+v and %+v", c, want)
	}
	return c, nil
}
