package db

import (
	"context"
	"database/sql"
	"math/rand/v2"
	"runtime"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"go.uber.org/zap"

	"github.com/flexscim/flexscim/internal/store/db/pipeline"
)

const (
	defaultPool     = 20 // connections
	postgresWriters = 2  // while one waits for the server, the other one works
	maxAttempts     = 6  // of a transaction that loses against others
)

// lockWait ends the wait for a row that another transaction has locked, which
// would delay a whole batch: its writes then run one by one.
const lockWait = `set local lock_timeout = '100ms'`

func (d *DB) connectPostgres() error {
	config, err := pgx.ParseConfig(d.URL)
	if err != nil {
		return err
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
	d.writer = stdlib.OpenDB(*config)
	d.writer.SetMaxOpenConns(d.Pool)
	d.writer.SetMaxIdleConns(d.Pool)
	d.reader = d.writer
	d.trips = pipeline.NewReader(d.reader, max(2, runtime.GOMAXPROCS(0)))
	return nil
}

// commitTogether commits a batch in one transaction. If a write fails after it
// has written, or the transaction fails, it commits the writes one by one.
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

// commitOneByOne commits each write of a batch in its own transaction, one after
// the other: at the same time they would wait for each other's rows. A write that
// waits for a row that another process has locked does so apart from the batch.
func (d *DB) commitOneByOne(b *writeBatch) {
	for i, r := range b.Members {
		if !r.Start() {
			continue
		}
		r.Err = d.writeAlone(r, lockWait)
		if isUnreachable(r.Err) && r.Context.Err() == nil { // the others need not try, too
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

// writeAlone commits a write in its own transaction, and tries again if that
// loses against others. first is a statement that comes first, "" for none.
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

// attempt commits a write once. again reports that it did nothing and that
// another attempt may succeed.
func (d *DB) attempt(r *request, first string) (again bool, err error) {
	p, err := pipeline.Begin(r.Context, d.writer)
	if err != nil {
		return isLost(err), d.failure(err)
	}
	defer p.Rollback() //nolint:errcheck // after a commit it does nothing
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

// analyze has PostgreSQL collect statistics when many rows have changed. By
// itself it does so a minute later; until then its planner takes a table of
// 100,000 rows for a small one and reads all of it.
func (d *DB) analyze(changed int) {
	const first, next = 500, 4 // after so many rows, and then after so many times as many
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
