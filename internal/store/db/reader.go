package db

import (
	"cmp"
	"context"
	"database/sql"

	"github.com/flexscim/flexscim/internal/store/db/pipeline"
)

// Row is one row of a result.
type Row = pipeline.Row

// Querier runs reading statements. A Reader and a Tx implement it.
type Querier interface {
	// Query runs a query and calls scan with each row.
	Query(ctx context.Context, text string, args []any, scan func(Row) error) error
}

// Reader runs reading statements outside of Write. It is safe for concurrent use,
// except in a snapshot.
type Reader struct {
	db    *DB
	pool  *sql.DB
	tx    *sql.Tx          // transaction of the snapshot; nil outside of snapshots
	trips *pipeline.Reader // nil: each query makes its own round trip
}

// Reader returns a Reader whose queries see all earlier commits. It is for the
// server's own work, such as the work of the queue.
func (d *DB) Reader() Reader { return Reader{db: d, pool: d.reader} }

// SharedReader returns a Reader whose waiting queries share round trips on
// PostgreSQL. Use it only for queries that find a few rows through an index, because
// a slow query delays the other queries of its round trip.
func (d *DB) SharedReader() Reader { return Reader{db: d, pool: d.lookUps, trips: d.trips} }

// ListReader returns a Reader for queries that may take long. It has connections of
// its own, so that these queries do not delay other queries.
func (d *DB) ListReader() Reader { return Reader{db: d, pool: d.lists} }

// Query runs a query and calls scan with each row.
func (r Reader) Query(ctx context.Context, text string, args []any, scan func(Row) error) error {
	err := ctx.Err()
	switch {
	case err != nil:
	case r.trips != nil:
		err = r.trips.Query(ctx, text, args, scan)
	case r.tx != nil:
		err = r.db.query(ctx, r.tx, text, args, scan)
	default:
		err = r.connected(ctx, func(h handle) error { return r.db.query(ctx, h, text, args, scan) })
	}
	return r.db.failure(err)
}

// Snapshot calls fn with a Reader. All queries of this Reader see the same state of
// the database. If r itself already reads a snapshot, fn gets r.
func (r Reader) Snapshot(ctx context.Context, fn func(Reader) error) error {
	if r.tx != nil {
		return fn(r)
	}
	var ours error // an error of fn
	err := r.connected(ctx, func(h handle) error {
		tx, err := h.BeginTx(r.db.engine.context(ctx), r.db.engine.snapshot)
		if err != nil {
			return err
		}
		defer tx.Rollback() //nolint:errcheck // it changed nothing
		ours = fn(Reader{db: r.db, tx: tx})
		return nil
	})
	return cmp.Or(ours, r.db.failure(err))
}

// connected calls fn with a connection of the pool, or on PostgreSQL with the pool
// itself. If ctx ends while connected waits for a connection, it returns an error.
// SQLite's statements themselves ignore the end of ctx.
func (r Reader) connected(ctx context.Context, fn func(handle) error) error {
	if r.db.engine.name == PostgreSQL {
		return fn(r.pool) // the pool also replaces a connection that the server has closed
	}
	c, err := r.pool.Conn(ctx)
	if err != nil {
		return err
	}
	defer c.Close() //nolint:errcheck // it only returns the connection to the pool
	return fn(c)
}

// A querier is a pool of connections, a connection, or a transaction.
type querier interface {
	QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error)
}

// A handle is a pool of connections, or a connection.
type handle interface {
	querier
	BeginTx(ctx context.Context, o *sql.TxOptions) (*sql.Tx, error)
}

// query runs a query on h and calls scan with each row until ctx ends.
func (d *DB) query(ctx context.Context, h querier, text string, args []any, scan func(Row) error) error {
	rows, err := h.QueryContext(d.engine.context(ctx), text, args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // rows.Err has its error
	for rows.Next() {
		err := ctx.Err()
		if err == nil {
			err = scan(rows)
		}
		if err != nil {
			return err
		}
	}
	return rows.Err()
}

// QueryOne runs a query and scans its row. It returns ErrNotFound if there is no
// row.
func QueryOne(ctx context.Context, from Querier, text string, args []any, into ...any) error {
	_, err := Only(ctx, from, text, args, func(r Row) (struct{}, error) { return struct{}{}, r.Scan(into...) })
	return err
}

// All runs a query and returns the results of scan.
func All[T any](ctx context.Context, from Querier, text string, args []any, scan func(Row) (T, error)) (items []T, err error) {
	err = from.Query(ctx, text, args, func(r Row) error {
		item, err := scan(r)
		items = append(items, item)
		return err
	})
	return items, err
}

// Only does what All does, but for a query with at most one row. It returns the
// result of scan, or ErrNotFound if there is no row.
func Only[T any](ctx context.Context, from Querier, text string, args []any, scan func(Row) (T, error)) (item T, err error) {
	found := false
	err = from.Query(ctx, text, args, func(r Row) (err error) {
		found = true
		item, err = scan(r)
		return err
	})
	if err == nil && !found {
		err = ErrNotFound
	}
	return item, err
}
