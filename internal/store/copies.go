package store

import (
	"context"
	"time"

	"github.com/flexscim/flexscim/internal/store/db"
)

// ErrBusy means that another process has opened the SQLite file.
var ErrBusy = db.ErrBusy

// NotEmptyError means that the database to which CopyTo copies has rows.
type NotEmptyError = db.NotEmptyError

// Contents describes what a database contains.
type Contents struct {
	People int64 // without those whom the IdP has deleted
	Groups int64
	Tokens int64     // that are not revoked
	Newest time.Time // time of the newest audit entry; zero if there is none
}

// Contents returns what the database contains. It also works with the schema of an
// earlier version.
func (s *Store) Contents(ctx context.Context) (c Contents, err error) {
	var newest int64
	err = db.QueryOne(ctx, s.db.Reader(), `select (select count(*) from scim_user where deleted_at = 0), (select count(*) from scim_group),
		(select count(*) from token where revoked_at = 0), (select coalesce(max(at), 0) from audit)`, nil, &c.People, &c.Groups, &c.Tokens, &newest)
	c.Newest = db.FromMicros(newest)
	return c, err
}

// SQLitePath returns the path of the file of a SQLite URL; see [db.SQLitePath].
func SQLitePath(url string) (path string, ok bool, err error) { return db.SQLitePath(url) }

// Fold makes one file of a SQLite database; see [db.Fold].
func Fold(ctx context.Context, path string) error { return db.Fold(ctx, path) }

// SaveTo writes a copy of a SQLite database; see [db.DB.SaveTo].
func (s *Store) SaveTo(ctx context.Context, file string) error { return s.db.SaveTo(ctx, file) }

// CheckIntegrity returns an error if the SQLite file is damaged.
func (s *Store) CheckIntegrity(ctx context.Context) error { return s.db.CheckIntegrity(ctx) }

// CopyTo copies the rows of a SQLite database to an empty PostgreSQL database of
// the same schema version, in one transaction; see [db.DB.CopyTo]. It does not copy
// jobs: the queue makes new ones for all people whose observed generation is lower
// than their desired generation. It does not copy the rows of processes either.
// While it copies, it calls the function progress with the number of rows copied so
// far.
func (s *Store) CopyTo(ctx context.Context, to *Store, progress func(rows int64)) error {
	return s.db.CopyTo(ctx, to.db, db.Copy{
		Omit: []string{"replica", "server"}, Replace: []string{"audit_head"},
		Prefixes: []string{"goose_", "river_", "sqlite_"}, Progress: progress,
	})
}
