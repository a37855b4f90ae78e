package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/flexscim/flexscim/internal/store/condition"
	"github.com/flexscim/flexscim/internal/store/document"
	"github.com/flexscim/flexscim/internal/store/pipeline"
	"github.com/flexscim/flexscim/scim"
)

// row is one row of a result.
type row = pipeline.Row

// wider is a row with one more column at its end.
type wider struct {
	row

	last any
}

// Scan reads all columns.
func (w wider) Scan(into ...any) error { return w.row.Scan(append(into, w.last)...) }

// collect scans rows of one id.
func collect(ids *[]scim.ID) func(row) error {
	return func(r row) error {
		var id scim.ID
		err := r.Scan(&id)
		*ids = append(*ids, id)
		return err
	}
}

// conn runs statements on a handle, or in a transaction of it.
type conn struct {
	dialect dialect
	db      *sql.DB
	tx      *sql.Tx          // nil: none
	pipe    *pipeline.Tx     // a transaction on PostgreSQL that writes, nil: none
	trips   *pipeline.Reader // PostgreSQL: shares round trips, nil: does not
}

// each runs a query and calls scan with every row.
func (c conn) each(ctx context.Context, text string, args []any, scan func(row) error) error {
	if err := ctx.Err(); err != nil {
		return c.dialect.failure(err)
	}
	if c.pipe != nil {
		return c.dialect.failure(c.pipe.Query(ctx, text, args, scan))
	}
	if c.trips != nil {
		return c.dialect.failure(c.trips.Query(ctx, text, args, scan))
	}
	rows, err := c.handle().QueryContext(c.dialect.unwatched(ctx), text, args...)
	if err != nil {
		return c.dialect.failure(err)
	}
	defer func() { _ = rows.Close() }() // its error is that of rows.Err
	for rows.Next() {
		err := ctx.Err()
		if err == nil {
			err = scan(rows)
		}
		if err != nil {
			return c.dialect.failure(err)
		}
	}
	return c.dialect.failure(rows.Err())
}

// one runs a query of one row. ErrNotFound.
func (c conn) one(ctx context.Context, text string, args []any, into ...any) error {
	found := false
	err := c.each(ctx, text, args, func(r row) error {
		found = true
		return r.Scan(into...)
	})
	if err == nil && !found {
		return ErrNotFound
	}
	return err
}

// source is what runs a query: a Tx, or a conn that reads.
type source interface {
	each(ctx context.Context, text string, args []any, scan func(row) error) error
}

// only reads the one row of a query. ErrNotFound.
func only[T any](ctx context.Context, from source, text string, args []any, scan func(row) (T, error)) (item T, err error) {
	found := false
	err = from.each(ctx, text, args, func(r row) (err error) {
		found = true
		item, err = scan(r)
		return err
	})
	if err == nil && !found {
		err = ErrNotFound
	}
	return item, err
}

// exec runs a statement and says how many rows it changed.
func (c conn) exec(ctx context.Context, text string, args ...any) (int64, error) {
	if c.pipe != nil {
		n, err := c.pipe.Exec(ctx, text, args...)
		return n, c.dialect.failure(err)
	}
	result, err := c.handle().ExecContext(ctx, text, args...)
	if err != nil {
		return 0, c.dialect.failure(err)
	}
	n, err := result.RowsAffected()
	return n, c.dialect.failure(err)
}

// handle is the transaction, or where there is none the pool.
func (c conn) handle() interface {
	ExecContext(ctx context.Context, text string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error)
} {
	if c.tx != nil {
		return c.tx
	}
	return c.db
}

// view runs fn in a transaction that sees one moment and changes nothing.
func (c conn) view(ctx context.Context, fn func(conn) error) error {
	tx, err := c.db.BeginTx(c.dialect.unwatched(ctx), c.dialect.snapshot)
	if err != nil {
		return c.dialect.failure(err)
	}
	defer tx.Rollback() //nolint:errcheck // it changed nothing
	inside := c
	inside.tx = tx
	return fn(inside)
}

// unwatched is ctx without its end, on SQLite: the two goroutines that watch
// for it at each statement cost more than most statements. Reading ends
// between two rows.
func (d dialect) unwatched(ctx context.Context) context.Context {
	if d.engine == SQLite {
		return context.WithoutCancel(ctx)
	}
	return ctx
}

// failure turns an error of the driver into one of ours.
func (d dialect) failure(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sql.ErrNoRows):
		return ErrNotFound
	case isOurs(err):
		return err
	}
	if hint, ok := violated(err); ok {
		return &TakenError{Attribute: attribute(hint)}
	}
	return &UnavailableError{Err: err}
}

// isOurs says that an error went through failure before.
func isOurs(err error) bool {
	_, unavailable := errors.AsType[*UnavailableError](err)
	_, taken := errors.AsType[*TakenError](err)
	return unavailable || taken || errors.Is(err, ErrNotFound)
}

// attribute is what a unique index keeps unique.
func attribute(hint string) string {
	for _, known := range [][2]string{
		{"user_name_fold", "userName"},
		{"display_name_fold", "displayName"},
		{"connection_name", "name"},
	} {
		if strings.Contains(hint, known[0]) {
			return known[1]
		}
	}
	return "id"
}

// key is what comparisons see of a value of the IdP's.
func key(value string) string { return condition.Key(value) }

// isText says that both engines store s as it is.
func isText(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

// text is s without what no text column takes.
func text(s string) string {
	if isText(s) {
		return s
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

// micros is a time as the columns …_at have it.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// fromMicros is the other way round.
func fromMicros(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

// encode is a value as canonical JSON text: an object's keys are sorted.
func encode(v any) (string, error) {
	b, err := json.Marshal(v)
	return string(b), err
}

// decode reads a document; its numbers stay as they were written.
func decode(text string) (scim.Document, error) { return document.Decode(text) }

// chunk is how many rows one statement handles at most.
const chunk = 200

// chunks cuts ids into parts of that size.
func chunks[T any](all []T) iter.Seq[[]T] { return slices.Chunk(all, chunk) }

// places is "$from, …" for n parameters.
func places(from, n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString("$" + strconv.Itoa(from+i))
	}
	return b.String()
}
