package store

import (
	"cmp"
	"context"
	"database/sql"
	"embed"
	"io/fs"
	"path/filepath"
	"strings"
	"time"

	"go.uber.org/zap"

	"github.com/flexscim/flexscim/internal/store/db"
	"github.com/flexscim/flexscim/internal/turns"
	"github.com/flexscim/flexscim/scim"
)

//go:embed migrations/*.sql
var migrations embed.FS

const (
	defaultScan        = 20_000
	defaultPageBytes   = 4 << 20
	defaultPageMembers = 20_000
)

// unique is a map from the columns of unique indexes to the attributes that must be
// unique.
var unique = map[string]string{
	"user_name_fold":    "userName",
	"display_name_fold": "displayName",
	"connection_name":   "name",
}

// Config configures a Store.
type Config struct {
	URL   string           // "sqlite:PATH", or "postgres://…"
	Log   *zap.Logger      // nil: none
	Clock func() time.Time // nil: time.Now
	Pool  int              // PostgreSQL: maximum number of connections; 0 means 20

	// Disk returns the space of the file system that contains a folder. It is called
	// with the folder of a SQLite database. If Disk is nil, the operating system is
	// asked.
	Disk func(folder string) (Disk, error)

	// MaxScan limits list requests for which no index exists: it is the maximum
	// number of resources that such a request compares one by one. 0 means 20,000,
	// which takes about 0.3 s.
	MaxScan int
	// These are the limits of one page of a list. A page that would exceed them has
	// fewer resources than requested, but at least one.
	MaxPageBytes   int // size of the stored documents, in bytes; 0 means 4 MiB
	MaxPageMembers int // members of all groups on the page together, or groups of all users on the page together; 0 means 20,000
}

// Store is the database of one flexscim installation. It is safe for concurrent
// use.
type Store struct {
	db      *db.DB
	clock   func() time.Time
	maxScan int
	lists   *turns.Gate // limits the queries that may take long

	maxPageBytes, maxPageMembers int

	disk func() (Disk, error) // nil: unknown
}

// Open opens a Store without changing the database.
func Open(ctx context.Context, c Config) (*Store, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	d, err := db.Open(ctx, db.Config{
		URL: c.URL, Log: c.Log, Clock: c.Clock, Pool: c.Pool, Migrations: files, Unique: unique,
	})
	if err != nil {
		return nil, err
	}
	all := db.Lists()
	s := &Store{
		db: d, clock: d.Clock, maxScan: cmp.Or(c.MaxScan, defaultScan),
		lists:        turns.NewGate(all, all/2), // one connection of an IdP uses at most half of the database connections
		maxPageBytes: cmp.Or(c.MaxPageBytes, defaultPageBytes), maxPageMembers: cmp.Or(c.MaxPageMembers, defaultPageMembers),
	}
	if path, ok := strings.CutPrefix(c.URL, "sqlite:"); ok {
		ask := c.Disk
		if ask == nil {
			ask = diskOf
		}
		s.disk = func() (Disk, error) { return ask(filepath.Dir(path)) }
	}
	return s, nil
}

// Close waits until all accepted writes have ended, then closes the database.
func (s *Store) Close() error { return s.db.Close() }

// Engine returns the engine of the database.
func (s *Store) Engine() Engine { return s.db.Engine() }

// DB returns the database pool for writes. River, the job queue, runs its own
// statements on this pool. On SQLite the pool has one connection.
func (s *Store) DB() *sql.DB { return s.db.Handle() }

// Ping reports whether the database answers.
func (s *Store) Ping(ctx context.Context) error { return s.db.Ping(ctx) }

// Migrate brings the schema to this program's version. If several replicas start
// at the same time, one migrates and the others wait.
func (s *Store) Migrate(ctx context.Context) error { return s.db.Migrate(ctx) }

// SchemaVersion returns the version of the database's schema and the version that
// this program needs.
func (s *Store) SchemaVersion(ctx context.Context) (have, want int64, err error) {
	return s.db.SchemaVersion(ctx)
}

// OnTouch registers the function fn. After each commit the store calls fn with the
// touched people, at most 1,000 for each Write; the method Behind finds the other
// people. Call OnTouch before the first Write. The function fn must not block.
func (s *Store) OnTouch(fn func([]Touch)) {
	s.db.OnTouch(func(touched []db.Touch) {
		people := make([]Touch, len(touched))
		for i, t := range touched {
			people[i] = Touch{
				Key:     PersonKey{Connection: ConnectionID(t.Scope), User: scim.ID(t.Key)},
				Urgency: Urgency(t.Urgency),
			}
		}
		fn(people)
	})
}

// Write runs fn in a transaction and commits it; see [db.DB.Write].
func (s *Store) Write(ctx context.Context, key Key, fn func(tx *Tx) error) error {
	return s.db.Write(ctx, key, func(tx *db.Tx) error { return fn(&Tx{db: tx}) })
}

// Tx is the transaction of a Write. If one of its methods returns an error other
// than ErrNotFound, the Write fails. A Tx is not safe for concurrent use.
type Tx struct{ db *db.Tx }

// SQL returns the transaction for those functions of River whose names end in Tx.
// Other writes share the transaction. Therefore call these functions with a context
// from [context.WithoutCancel], and never commit the transaction or roll it back.
func (tx *Tx) SQL() *sql.Tx { return tx.db.SQL() }

// Now returns the time of the transaction, in microseconds, UTC.
func (tx *Tx) Now() time.Time { return tx.db.Now() }

// orNotFound returns err, or ErrNotFound if the statement succeeded but affected
// no row.
func orNotFound(rows int64, err error) error {
	if err == nil && rows == 0 {
		return ErrNotFound
	}
	return err
}

// touched registers a touched person: after the commit, the function registered
// with OnTouch gets the person.
func (tx *Tx) touched(key PersonKey, u Urgency) {
	tx.db.Touch(db.Touch{Scope: string(key.Connection), Key: string(key.User), Urgency: int(u)})
}
