package db

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/flexscim/flexscim/internal/store/db/batch"
	"github.com/flexscim/flexscim/internal/store/db/pipeline"
)

var errClosed = errors.New("the database is closed")

// Config configures a DB.
type Config struct {
	URL   string           // "sqlite:PATH", or "postgres://…"
	Log   *zap.Logger      // nil: none
	Clock func() time.Time // nil: time.Now
	Pool  int              // PostgreSQL: maximum number of connections; 0 means 20

	// Migrations contains the migration files for the library goose. A file whose
	// name has an engine (postgres or sqlite) before .sql is for that engine only.
	Migrations fs.FS
	// Unique maps a column of a unique index to TakenError.Attribute. Each column is
	// in one unique index only.
	Unique map[string]string
}

// DB is an open database. It is safe for concurrent use.
type DB struct {
	Config

	engine  engine
	writer  *sql.DB
	reader  *sql.DB
	lookUps *sql.DB          // for queries that find a few rows; they never wait for the queries of lists
	lists   *sql.DB          // for queries that may take long
	trips   *pipeline.Reader // runs queries that share round trips; nil with SQLite
	onTouch func([]Touch)

	changed   atomic.Int64   // number of changed rows, see Tx.Changed
	analyzeAt atomic.Int64   // PostgreSQL: ANALYZE runs when the number of changed rows reaches this value
	analyzing sync.WaitGroup // the goroutines that run ANALYZE

	open    sync.RWMutex // each Write holds a read lock
	closed  bool         // under open
	writers []*batch.Writer[*write]
}

// Open opens a database without changing it.
func Open(ctx context.Context, c Config) (*DB, error) {
	c.Log = cmp.Or(c.Log, zap.NewNop())
	if c.Clock == nil {
		c.Clock = time.Now
	}
	d := &DB{Config: c}
	if err := d.connect(); err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	if err := d.writer.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open the database: %w", err), d.closePools())
	}
	for range d.engine.writers {
		d.writers = append(d.writers, batch.Start(batch.Config[*write]{
			Most: maxBatch, Longest: longestBatch, Commit: func(b *writeBatch) { d.engine.commit(d, b) }, Answered: d.tell,
		}))
	}
	return d, nil
}

func (d *DB) connect() error {
	scheme, path, _ := strings.Cut(d.URL, ":")
	switch scheme {
	case "sqlite":
		if path == "" {
			return errors.New("the URL names no file: sqlite:PATH")
		}
		return d.connectSQLite(path)
	case "postgres", "postgresql":
		return d.connectPostgres()
	}
	return errors.New("the URL must begin with sqlite: or postgres://")
}

// Close waits until all accepted writes have a result, then closes the database.
func (d *DB) Close() error {
	d.open.Lock()
	defer d.open.Unlock()
	if d.closed {
		return nil
	}
	d.closed = true
	for _, w := range d.writers {
		w.Close()
	}
	d.analyzing.Wait()
	return d.closePools()
}

func (d *DB) closePools() error {
	return errors.Join(d.lists.Close(), d.lookUps.Close(), d.reader.Close(), d.writer.Close())
}

// Lists returns the number of connections for queries that may take long.
func Lists() int { return max(2, runtime.GOMAXPROCS(0)) }

// limit sets the maximum number of a pool's open connections. The pool also keeps
// this many of them open while they are idle.
func limit(pool *sql.DB, most int) {
	pool.SetMaxOpenConns(most)
	pool.SetMaxIdleConns(most)
}

// Engine returns the engine of the database.
func (d *DB) Engine() Engine { return d.engine.name }

// Syntax returns the SQL fragments of the engine.
func (d *DB) Syntax() Syntax { return syntaxes[d.engine.name] }

// Handle returns the pool of connections for writing. It exists for libraries that
// run their own statements. On SQLite it has one connection.
func (d *DB) Handle() *sql.DB { return d.writer }

// Ping returns an error if the database does not respond.
func (d *DB) Ping(ctx context.Context) error {
	var one int
	return QueryOne(ctx, Reader{db: d, pool: d.lookUps}, `select 1`, nil, &one)
}

// OnTouch registers a function. After each commit the function receives the touches
// of the commit, at most 1,000 per Write. Call OnTouch before the first Write. The
// function fn must not block.
func (d *DB) OnTouch(fn func([]Touch)) { d.onTouch = fn }
