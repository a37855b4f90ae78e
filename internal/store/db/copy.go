package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// Copy describes which tables CopyTo copies: all tables of the database, except those
// that Omit and Prefixes name.
type Copy struct {
	Omit     []string         // tables that must be empty in the other database
	Replace  []string         // tables whose rows in the other database are replaced
	Prefixes []string         // prefixes of the names of tables that are ignored
	Progress func(rows int64) // called after each row with the number of rows so far; may be nil
}

// NotEmptyError means that a table of the database to which CopyTo copies has rows.
type NotEmptyError struct{ Table string }

func (e *NotEmptyError) Error() string { return "the table " + e.Table + " has rows" }

// CopyTo copies the rows of a SQLite database to a PostgreSQL database whose tables
// have the same columns. It counts the rows before it commits. If it returns an error,
// the other database has not changed. It returns a *NotEmptyError if the other
// database has rows.
func (d *DB) CopyTo(ctx context.Context, to *DB, c Copy) error {
	if d.engine.name != SQLite || to.engine.name != PostgreSQL {
		return errors.New("only a SQLite database can be copied, and only to PostgreSQL")
	}
	return d.Reader().Snapshot(ctx, func(from Reader) error {
		conn, err := to.writer.Conn(ctx)
		if err != nil {
			return err
		}
		defer conn.Close() //nolint:errcheck // it only returns the connection to the pool
		return conn.Raw(func(raw any) error {
			pg, ok := raw.(*stdlib.Conn)
			if !ok {
				return fmt.Errorf("unexpected driver %T", raw)
			}
			return pgx.BeginFunc(ctx, pg.Conn(), func(tx pgx.Tx) error {
				return (&copier{Copy: c, from: from, to: tx}).run(ctx)
			})
		})
	})
}

// copier copies tables in one transaction.
type copier struct {
	Copy

	from   Reader // a snapshot
	to     pgx.Tx
	copied int64 // rows
}

func (c *copier) run(ctx context.Context) error {
	for _, table := range c.Omit {
		if err := c.wantEmpty(ctx, table); err != nil {
			return err
		}
	}
	tables, err := c.tables(ctx)
	if err != nil {
		return err
	}
	for _, table := range tables {
		if err := c.table(ctx, table); err != nil {
			if _, notEmpty := errors.AsType[*NotEmptyError](err); notEmpty {
				return err
			}
			return fmt.Errorf("copy the table %s: %w", table, err)
		}
	}
	return nil
}

// tables returns the names of the tables to copy.
func (c *copier) tables(ctx context.Context) (names []string, err error) {
	var all []string
	err = c.from.Query(ctx, `select name from sqlite_master where type = 'table' order by name`, nil, Collect(&all))
	for _, name := range all {
		ignored := slices.ContainsFunc(c.Prefixes, func(p string) bool { return strings.HasPrefix(name, p) })
		if !ignored && !slices.Contains(c.Omit, name) {
			names = append(names, name)
		}
	}
	if err == nil && len(names) == 0 {
		err = errors.New("the database has no tables")
	}
	return names, err
}

// wantEmpty returns a *NotEmptyError if the table has rows.
func (c *copier) wantEmpty(ctx context.Context, table string) error {
	var has bool
	err := c.to.QueryRow(ctx, `select exists (select 1 from `+quoted(table)+`)`).Scan(&has)
	if err == nil && has {
		err = &NotEmptyError{Table: table}
	}
	return err
}

// table copies one table. Triggers do not run, because the tables that they change are
// copied, too. The lock makes a server that starts meanwhile wait.
func (c *copier) table(ctx context.Context, table string) error {
	if _, err := c.to.Exec(ctx, `lock table `+quoted(table)+` in exclusive mode`); err != nil {
		return err
	}
	if slices.Contains(c.Replace, table) {
		if _, err := c.to.Exec(ctx, `delete from `+quoted(table)); err != nil {
			return err
		}
	}
	if err := c.wantEmpty(ctx, table); err != nil {
		return err
	}
	if _, err := c.to.Exec(ctx, `alter table `+quoted(table)+` disable trigger user`); err != nil {
		return err
	}
	if err := c.rows(ctx, table); err != nil {
		return err
	}
	for _, end := range []string{`alter table ` + quoted(table) + ` enable trigger user`, `analyze ` + quoted(table)} {
		if _, err := c.to.Exec(ctx, end); err != nil {
			return err
		}
	}
	return nil
}

// column describes a column of a table.
type column struct {
	name   string
	isBool bool // SQLite stores a boolean as a number
}

// rows copies the rows of a table and checks their number.
func (c *copier) rows(ctx context.Context, table string) error {
	columns, err := All(ctx, c.from, `select name, type = 'boolean' from pragma_table_info($1) order by cid`, []any{table}, func(r Row) (column, error) {
		var one column
		err := r.Scan(&one.name, &one.isBool)
		return one, err
	})
	if err != nil {
		return err
	}
	names := make([]string, len(columns))
	quotedNames := make([]string, len(columns))
	for i, one := range columns {
		names[i], quotedNames[i] = one.name, quoted(one.name)
	}
	rows, err := c.from.tx.QueryContext(ctx, `select `+strings.Join(quotedNames, ", ")+` from `+quoted(table)) //nolint:rowserrcheck // CopyFrom calls source.Err
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // rows.Err has its error
	if _, err = c.to.CopyFrom(ctx, pgx.Identifier{table}, names, &source{Rows: rows, columns: columns, each: c.step}); err != nil {
		return err
	}
	return c.compare(ctx, table)
}

// step counts a copied row.
func (c *copier) step() {
	if c.copied++; c.Progress != nil {
		c.Progress(c.copied)
	}
}

// compare returns an error if the copy of a table does not have as many rows as the
// table.
func (c *copier) compare(ctx context.Context, table string) error {
	var want, got int64
	if err := QueryOne(ctx, c.from, `select count(*) from `+quoted(table), nil, &want); err != nil {
		return err
	}
	if err := c.to.QueryRow(ctx, `select count(*) from `+quoted(table)).Scan(&got); err != nil {
		return err
	}
	if got != want {
		return fmt.Errorf("it has %d rows, the copy has %d", want, got)
	}
	return nil
}

func quoted(name string) string { return pgx.Identifier{name}.Sanitize() }

// source implements pgx.CopyFromSource.
type source struct {
	*sql.Rows

	columns []column
	each    func() // called for each row
}

// Values returns the values of the current row.
func (s *source) Values() ([]any, error) {
	values := make([]any, len(s.columns))
	into := make([]any, len(s.columns))
	for i := range values {
		into[i] = &values[i]
	}
	if err := s.Scan(into...); err != nil {
		return nil, err
	}
	for i, one := range s.columns {
		if n, isNumber := values[i].(int64); one.isBool && isNumber {
			values[i] = n != 0
		}
	}
	s.each()
	return values, nil
}
