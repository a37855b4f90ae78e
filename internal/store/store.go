package store

import (
	"cmp"
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	"go.uber.org/zap"

	"github.com/flexscim/flexscim/internal/store/commit"
	"github.com/flexscim/flexscim/internal/store/pipeline"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Engine is the database underneath.
type Engine string

// The engines.
const (
	SQLite     Engine = "sqlite"
	PostgreSQL Engine = "postgres"
)

// defaultPool is the most connections to PostgreSQL.
const defaultPool = 20

var errClosed = errors.New("the store is closed")

// Config opens a Store.
type Config struct {
	URL   string           // "sqlite:PATH", or "postgres://…"
	Log   *zap.Logger      // nil: none
	Clock func() time.Time // nil: time.Now
	Pool  int              // PostgreSQL: most connections; 0 means 20

	// MaxScan is how many resources a list request may look at one by one,
	// where no index answers it; 0 means 20,000, which take some 0.3 s.
	MaxScan int
}

// Store is the database of one flexscim. Its methods may be called at once.
type Store struct {
	dialect dialect
	log     *zap.Logger
	clock   func() time.Time
	writer  conn
	reader  conn
	quick   conn // reads what is found in a moment
	maxScan int
	onTouch func([]Touch)

	changed   atomic.Int64   // people and memberships, together
	analyzeAt atomic.Int64   // of them: PostgreSQL is asked to count its rows again
	analyzing sync.WaitGroup // in the background

	open   sync.RWMutex               // held for reading during a write
	closed bool                       // under open
	writes []*commit.Gatherer[*write] // the writers
}

// Open connects; it changes nothing in the database.
func Open(ctx context.Context, c Config) (*Store, error) {
	s := &Store{log: c.Log, clock: c.Clock, maxScan: cmp.Or(c.MaxScan, defaultScan)}
	if s.log == nil {
		s.log = zap.NewNop()
	}
	if s.clock == nil {
		s.clock = time.Now
	}
	if err := s.connect(c); err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	if err := s.writer.db.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open the database: %w", err), s.closeHandles())
	}
	s.startWriting()
	return s, nil
}

func (s *Store) connect(c Config) error {
	scheme, path, _ := strings.Cut(c.URL, ":")
	switch scheme {
	case "sqlite":
		if path == "" {
			return errors.New("the URL names no file: sqlite:PATH")
		}
		writer, reader, err := openSQLite(path)
		s.dialect = sqliteDialect()
		s.writer, s.reader = conn{dialect: s.dialect, db: writer}, conn{dialect: s.dialect, db: reader}
		s.quick = s.reader
		return err
	case "postgres", "postgresql":
		if c.Pool <= 0 {
			c.Pool = defaultPool
		}
		db, err := openPostgres(c.URL, c.Pool)
		s.dialect = postgresDialect()
		s.writer = conn{dialect: s.dialect, db: db}
		s.reader, s.quick = s.writer, s.writer
		s.quick.trips = pipeline.NewReader(db, max(2, runtime.GOMAXPROCS(0)))
		return err
	}
	return errors.New("the URL must begin with sqlite: or postgres://")
}

// Close waits for the writes that were accepted, then closes.
func (s *Store) Close() error {
	s.open.Lock()
	defer s.open.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	for _, writer := range s.writes {
		writer.Close()
	}
	s.analyzing.Wait()
	return s.closeHandles()
}

func (s *Store) closeHandles() error {
	return errors.Join(s.reader.db.Close(), s.writer.db.Close())
}

// Engine is the database underneath.
func (s *Store) Engine() Engine { return s.dialect.engine }

// DB is the writer's handle, for River's own statements. On SQLite it has one
// connection.
func (s *Store) DB() *sql.DB { return s.writer.db }

// Ping reports whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	var one int
	return s.reader.one(ctx, `select 1`, nil, &one)
}

// OnTouch registers who is told, after each commit, of the persons that it
// touched (queue's waker): at most 1,000 of one Write, the scan finds the
// others. Call it before the first Write. fn must not block.
func (s *Store) OnTouch(fn func([]Touch)) { s.onTouch = fn }

// Migrate brings the schema to this program's version. Of several replicas
// that start at once, one does it and the others wait.
func (s *Store) Migrate(ctx context.Context) error {
	p, err := s.migrator()
	if err != nil {
		return err
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrate the database: %w", err)
	}
	return nil
}

// SchemaVersion is the database's version and the one that this program has.
func (s *Store) SchemaVersion(ctx context.Context) (have, want int64, err error) {
	p, err := s.migrator()
	if err != nil {
		return 0, 0, err
	}
	have, want, err = p.GetVersions(ctx)
	return have, want, s.dialect.failure(err)
}

func (s *Store) migrator() (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	options := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true),
		goose.WithGoMigrations(s.dialect.migrations()...)}
	if s.dialect.engine == PostgreSQL {
		locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300)) // seconds, times
		if err != nil {
			return nil, err
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	return goose.NewProvider(s.dialect.goose, s.writer.db, files, options...)
}

// analyze has PostgreSQL count its rows again when much has changed. By itself
// it does so a minute later, and up to then it takes 100,000 people for the few
// whom it counted last, and searches all of them.
func (s *Store) analyze(changed int) {
	const first, next = 500, 4 // after so many changes, and after so many times as many
	s.analyzeAt.CompareAndSwap(0, first)
	at := s.analyzeAt.Load()
	if s.changed.Add(int64(changed)) < at || !s.analyzeAt.CompareAndSwap(at, next*at) {
		return
	}
	s.analyzing.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), statementWait)
		defer cancel()
		_, err := s.writer.db.ExecContext(ctx, `analyze`)
		if err != nil {
			s.log.Warn("the database does not count its rows", zap.Error(err))
		}
	})
}
