package pipeline

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// Row is one row of a result.
type Row interface{ Scan(into ...any) error }

// maxBegin is the maximum number of connections that Begin tries. Begin tries several
// connections because the server may have closed some of the pool's connections.
const maxBegin = 4

// Tx is one transaction. It is not safe for concurrent use.
type Tx struct {
	conn  *sql.Conn
	tx    *sql.Tx
	later *pgx.Batch // not sent yet
}

// Begin starts a transaction on a pool of pgx connections.
func Begin(ctx context.Context, db *sql.DB) (*Tx, error) {
	var err error
	for range maxBegin {
		var t *Tx
		if t, err = begin(ctx, db); err == nil || !errors.Is(err, driver.ErrBadConn) {
			return t, err
		}
	}
	return nil, err
}

func begin(ctx context.Context, db *sql.DB) (*Tx, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return &Tx{conn: conn, tx: tx, later: &pgx.Batch{}}, nil
}

// Later queues a statement. The next call of Query, Exec, SQL or Commit sends it
// and returns its error.
func (t *Tx) Later(text string, args ...any) { t.later.Queue(text, args...) }

// Query sends the queued statements and, after them, the given statement. It calls
// scan with each row that the last statement returns.
func (t *Tx) Query(ctx context.Context, text string, args []any, scan func(Row) error) error {
	t.Later(text, args...)
	return t.send(ctx, func(last pgx.BatchResults) error {
		rows, err := last.Query()
		if err != nil {
			return err
		}
		defer rows.Close()
		return eachRow(rows, scan)
	})
}

// Exec sends the queued statements and, after them, the given statement. It returns
// the number of rows that the last statement changed.
func (t *Tx) Exec(ctx context.Context, text string, args ...any) (n int64, err error) {
	t.Later(text, args...)
	err = t.send(ctx, func(last pgx.BatchResults) error {
		tag, err := last.Exec()
		n = tag.RowsAffected()
		return err
	})
	return n, err
}

// SQL sends the queued statements and returns the transaction, so that other packages
// can run statements in it. These packages must not commit the transaction or roll it
// back.
func (t *Tx) SQL(ctx context.Context) (*sql.Tx, error) { return t.tx, t.flush(ctx) }

// Commit sends the queued statements and commits.
func (t *Tx) Commit(ctx context.Context) error {
	if err := t.flush(ctx); err != nil {
		return errors.Join(err, t.Rollback())
	}
	return errors.Join(t.tx.Commit(), t.conn.Close())
}

// Rollback undoes the transaction. After Commit it does nothing.
func (t *Tx) Rollback() error {
	t.later = &pgx.Batch{}
	err := errors.Join(t.tx.Rollback(), t.conn.Close())
	if errors.Is(err, sql.ErrTxDone) || errors.Is(err, sql.ErrConnDone) {
		return nil
	}
	return err
}

func (t *Tx) flush(ctx context.Context) error {
	if t.later.Len() == 0 {
		return nil
	}
	return t.send(ctx, func(last pgx.BatchResults) error {
		_, err := last.Exec()
		return err
	})
}

// send sends the queued statements in one round trip and reads their results. It
// calls the function read for the result of the last statement.
func (t *Tx) send(ctx context.Context, read func(last pgx.BatchResults) error) error {
	batch := t.later
	t.later = &pgx.Batch{}
	return t.conn.Raw(func(c any) (err error) {
		results := c.(*stdlib.Conn).Conn().SendBatch(ctx, batch)
		defer func() {
			if closed := results.Close(); err == nil {
				err = closed
			}
		}()
		for range batch.Len() - 1 {
			if _, err := results.Exec(); err != nil {
				return err
			}
		}
		return read(results)
	})
}
