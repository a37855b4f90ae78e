package db

import (
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
	tx    *sql.Tx          // transaction of the snapshot; nil outside of snapshots
	trips *pipeline.Reader // nil: each query makes its own round trip
}

// Reader returns a Reader whose queries see all earlier commits.
func (d *DB) Reader() Reader { return Reader{db: d} }

// SharedReader returns a Reader whose waiting queries share round trips on
// PostgreSQL. Use it only for queries that find a few rows through an index, because
// a slow query delays the other queries of its round trip.
func (d *DB) SharedReader() Reader { return Reader{db: d, trips: d.trips} }

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
		err = r.db.query(ctx, r.db.reader, text, args, scan)
	}
	return r.db.failure(err)
}

// Snapshot calls fn with a Reader. All queries of this Reader see the same state of
// the database. If r itself already reads a snapshot, fn gets r.
func (r Reader) Snapshot(ctx context.Context, fn func(Reader) error) error {
	if r.tx != nil {
		return fn(r)
	}
	tx, err := r.db.reader.BeginTx(r.db.engine.context(ctx), r.db.engine.snapshot)
	if err != nil {
		return r.db.failure(err)
	}
	defer tx.Rollback() //nolint:errcheck // it changed nothing
	return fn(Reader{db: r.db, tx: tx})
}

// A handle is a pool of connections or a transaction.
type handle interface {
	ExecContext(ctx context.Context, text string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error)
}

// query runs a query on h and calls scan with each row until ctx ends.
func (d *DB) query(ctx context.Context, h handle, text string, args []any, scan func(Row) error) error {
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

// Only is like All, for a query with at most one row: it returns the result of
// scan, or ErrNotFound if there is no row.
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
