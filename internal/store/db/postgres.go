package db

import (
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
	"runtime"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"go.uber.org/zap"

	"github.com/flexscim/flexscim/internal/store/db/pipeline"
)

const (
	defaultPool     = 20 // connections
	postgresWriters = 2  // one writer executes Go code while the other waits for the server
	maxAttempts     = 6  // maximum number of attempts of a transaction that conflicts with others
)

// lockWait limits the wait for a row that another transaction has locked. A longer
// wait would delay the whole batch. So if the wait takes longer, the writes of the
// batch run one by one.
const lockWait = `set local lock_timeout = '100ms'`

// idleLimit makes the server end a transaction whose process sends no next
// statement. Without this limit, a process that is frozen in a transaction would
// block all other replicas that need the same rows, for as long as it is frozen.
const idleLimit = `set idle_in_transaction_session_timeout = '5s'`

func (d *DB) connectPostgres() error {
	config, err := pgx.ParseConfig(d.URL)
	if err != nil {
		return withoutURL(err)
	}
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "flexscim"
	}
	if d.Pool <= 0 {
		d.Pool = defaultPool
	}
	d.engine = engine{
		name: PostgreSQL, goose: goose.DialectPostgres, writers: postgresWriters, commit: (*DB).commitTogether,
		snapshot: &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true},
		context:  func(ctx context.Context) context.Context { return ctx },
	}
	open := func(most int) *sql.DB {
		pool := stdlib.OpenDB(*config, stdlib.OptionAfterConnect(func(ctx context.Context, c *pgx.Conn) error {
			_, err := c.Exec(ctx, idleLimit)
			return err
		}))
		limit(pool, most)
		return pool
	}
	trips := max(2, runtime.GOMAXPROCS(0))
	d.writer, d.lists = open(d.Pool), open(Lists())
	d.lookUps = open(trips + 1) // one for Ping
	d.reader = d.writer
	d.trips = pipeline.NewReader(d.lookUps, trips)
	return nil
}

// withoutURL returns an error of pgx.ParseConfig without the URL, because pgx shows
// a part of the password for some wrong URLs.
func withoutURL(err error) error {
	reason := err.Error()
	return errors.New("the URL cannot be parsed" + reason[strings.LastIndexByte(reason, '`')+1:])
}

// commitTogether commits a batch in one transaction. If a write fails after it has
// changed a row, or the transaction fails, commitTogether commits the writes one by
// one.
func (d *DB) commitTogether(b *writeBatch) {
	ctx := context.Background()
	p, err := pipeline.Begin(ctx, d.writer)
	if err != nil {
		b.Err = d.failure(err)
		return
	}
	p.Later(lockWait)
	undo := false
	for r := b.Next(); r != nil; r = b.Next() {
		if undo = r.Start() && d.run(d.newTx(nil, p), r); undo {
			break
		}
	}
	if undo {
		_ = p.Rollback() // the pool discards a lost connection
	} else if err = p.Commit(ctx); err == nil {
		return
	}
	d.commitOneByOne(b)
}

// commitOneByOne commits each write of a batch in its own transaction, one after the
// other, because concurrent transactions would wait for each other's rows. If another
// process has locked a row that a write needs, this write waits in its own goroutine,
// and the rest of the batch continues.
func (d *DB) commitOneByOne(b *writeBatch) {
	for i, r := range b.Members {
		if !r.Start() {
			continue
		}
		r.Err = d.writeAlone(r, lockWait)
		if isUnreachable(r.Err) && r.Context.Err() == nil { // the rest of the batch would fail, too
			for _, rest := range b.Members[i:] {
				rest.Err = r.Err
			}
			return
		}
		if isLocked(r.Err) {
			b.Apart(r, func(r *request) error { return d.writeAlone(r, "") })
		} else {
			b.Answer(r)
		}
	}
}

// writeAlone commits a write in its own transaction, and tries again after a
// conflict with another transaction. If first is not "", the transaction begins
// with this statement.
func (d *DB) writeAlone(r *request, first string) error {
	for attempt := 1; ; attempt++ {
		again, err := d.attempt(r, first)
		if err == nil || attempt == maxAttempts || !again {
			return err
		}
		select {
		case <-r.Context.Done():
			return &UnavailableError{Err: r.Context.Err()}
		case <-time.After(rand.N(time.Duration(attempt) * 10 * time.Millisecond)):
		}
	}
}

// attempt tries to commit a write once. The result again is true if nothing was
// committed and another attempt may succeed.
func (d *DB) attempt(r *request, first string) (again bool, err error) {
	p, err := pipeline.Begin(r.Context, d.writer)
	if err != nil {
		return isLost(err), d.failure(err)
	}
	defer p.Rollback() //nolint:errcheck // after a commit this does nothing
	if first != "" {
		p.Later(first)
	}
	tx := d.newTx(nil, p)
	tx.alone = true
	if d.run(tx, r); r.Err != nil {
		return isConflict(r.Err) || isConflict(tx.failed) || isLost(r.Err), r.Err
	}
	err = p.Commit(r.Context)
	return isConflict(err), d.failure(err)
}

// analyze makes PostgreSQL collect statistics when many rows have changed. Without
// this, PostgreSQL would collect them only a minute later. Until then its planner
// assumes that a table of 100,000 rows is small, and reads all of it.
func (d *DB) analyze(changed int) {
	const first, next = 500, 4 // first at 500 changed rows, then each time at 4 times the previous number
	d.analyzeAt.CompareAndSwap(0, first)
	at := d.analyzeAt.Load()
	if d.changed.Add(int64(changed)) < at || !d.analyzeAt.CompareAndSwap(at, next*at) {
		return
	}
	d.analyzing.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), statementWait)
		defer cancel()
		if _, err := d.writer.ExecContext(ctx, `analyze`); err != nil {
			d.Log.Warn("the database did not analyze its tables", zap.Error(err))
		}
	})
}
