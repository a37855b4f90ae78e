package db

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/flexscim/flexscim/internal/store/db/pipeline"
)

const (
	maxTouches    = 1000             // maximum number of touches that one Write passes to the function of OnTouch
	statementWait = 15 * time.Second // PostgreSQL: time limit for one statement of a batch
)

// Touch describes a change. After the commit, the function that was passed to OnTouch
// receives the touch.
type Touch struct {
	Scope   string // namespace of the field Key; the store uses the connection
	Key     string
	Urgency int
}

// Tx is a transaction inside Write. If one of its methods returns an error other than
// ErrNotFound, the whole write fails. It is not safe for concurrent use.
type Tx struct {
	db      *DB
	tx      *sql.Tx      // SQLite
	pipe    *pipeline.Tx // PostgreSQL
	now     time.Time
	touches []Touch
	changed int   // see Changed
	alone   bool  // PostgreSQL: no other write shares the transaction
	wrote   bool  // a writing statement was executed
	failed  error // the first error of a statement
}

func (d *DB) newTx(tx *sql.Tx, pipe *pipeline.Tx) *Tx {
	return &Tx{db: d, tx: tx, pipe: pipe, now: d.Clock().UTC().Truncate(time.Microsecond)}
}

// Syntax returns the SQL fragments of the engine.
func (tx *Tx) Syntax() Syntax { return tx.db.Syntax() }

// Now returns the time of the transaction, in microseconds, UTC.
func (tx *Tx) Now() time.Time { return tx.now }

// Touch passes t, after the commit, to the function that OnTouch has set. It also
// counts one changed row, as Changed does.
func (tx *Tx) Touch(t Touch) {
	tx.changed++
	if len(tx.touches) < maxTouches {
		tx.touches = append(tx.touches, t)
	}
}

// Changed adds n to the number of changed rows, which determines when PostgreSQL
// analyzes its tables.
func (tx *Tx) Changed(n int) { tx.changed += n }

// SQL returns the transaction so that libraries can run statements in it, including
// writes. Other writes share the transaction, so use [context.WithoutCancel], and
// never commit it or roll it back.
func (tx *Tx) SQL() *sql.Tx {
	tx.wrote = true
	if tx.pipe == nil {
		return tx.tx
	}
	sqlTx, err := tx.pipe.SQL(context.Background())
	_ = tx.check(tx.db.failure(err)) // the caller's statements on this transaction fail, too
	return sqlTx
}

// Query runs a reading statement and calls scan with each row.
func (tx *Tx) Query(ctx context.Context, text string, args []any, scan func(Row) error) (err error) {
	ctx, cancel := tx.context(ctx)
	defer cancel()
	switch err = ctx.Err(); {
	case err != nil:
	case tx.pipe != nil:
		err = tx.pipe.Query(ctx, text, args, scan)
	default:
		err = tx.db.query(ctx, tx.tx, text, args, scan)
	}
	return tx.check(tx.db.failure(err))
}

// Exec runs a writing statement and returns the number of changed rows.
func (tx *Tx) Exec(ctx context.Context, text string, args ...any) (n int64, err error) {
	ctx, cancel := tx.context(ctx)
	defer cancel()
	if tx.pipe != nil {
		n, err = tx.pipe.Exec(ctx, text, args...)
	} else {
		var result sql.Result
		if result, err = tx.tx.ExecContext(ctx, text, args...); err == nil {
			n, err = result.RowsAffected()
		}
	}
	return n, tx.checkWrite(tx.db.failure(err))
}

// ExecReturning runs a writing statement and calls scan with each row that it
// returns.
func (tx *Tx) ExecReturning(ctx context.Context, text string, args []any, scan func(Row) error) error {
	return tx.checkWrite(tx.Query(ctx, text, args, scan))
}

// ExecReturningOne runs a writing statement and scans the row that it returns. It
// returns ErrNotFound if the statement changed nothing.
func (tx *Tx) ExecReturningOne(ctx context.Context, text string, args []any, into ...any) error {
	return tx.checkWrite(QueryOne(ctx, tx, text, args, into...))
}

// ExecLater runs a writing statement whose result the caller does not need. On
// SQLite the statement runs immediately. On PostgreSQL it is sent with the next
// statement or with the commit, and the next method of tx, or Write, returns the
// statement's error.
func (tx *Tx) ExecLater(ctx context.Context, text string, args ...any) error {
	if tx.pipe == nil {
		_, err := tx.Exec(ctx, text, args...)
		return err
	}
	tx.wrote = true
	tx.pipe.Later(text, args...)
	return nil
}

// Insert adds a row. If another row has the same key, it returns a *TakenError that
// contains the argument attribute. In this case the write fails, but the
// transaction, which other writes share, can continue.
func (tx *Tx) Insert(ctx context.Context, attribute, text string, args []any) error {
	var one int
	err := tx.ExecReturningOne(ctx, text+` on conflict do nothing returning 1`, args, &one)
	if errors.Is(err, ErrNotFound) {
		err = &TakenError{Attribute: attribute}
		tx.failed = cmp.Or(tx.failed, err)
	}
	return err
}

// context returns the context of a statement. The returned context does not end with
// ctx, because an interrupted statement would make the whole transaction fail,
// including the other writes in it. On PostgreSQL the returned context ends after
// statementWait, in case the server does not respond.
func (tx *Tx) context(ctx context.Context) (context.Context, context.CancelFunc) {
	if tx.pipe == nil || tx.alone {
		return tx.db.engine.context(ctx), func() {}
	}
	return context.WithTimeout(context.WithoutCancel(ctx), statementWait)
}

// Tx.check saves the first error after which the write must not be committed.
func (tx *Tx) check(err error) error {
	if err != nil && tx.failed == nil && !errors.Is(err, ErrNotFound) {
		tx.failed = err
	}
	return err
}

// checkWrite calls Tx.check for a writing statement. It also sets Tx.wrote unless
// the statement failed, because a failed statement has written nothing.
func (tx *Tx) checkWrite(err error) error {
	if err == nil {
		tx.wrote = true
	}
	return tx.check(err)
}
