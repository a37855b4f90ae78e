package prepared_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"modernc.org/sqlite"

	"github.com/flexscim/flexscim/internal/store/db/prepared"
)

// open opens a database file with one connection.
func open(tb testing.TB) *sql.DB {
	tb.Helper()
	connector, err := sqlite.NewConnector("file:" + filepath.Join(tb.TempDir(), "kept.db"))
	if err != nil {
		tb.Fatal(err)
	}
	db := sql.OpenDB(prepared.Connector(connector))
	db.SetMaxOpenConns(1)
	tb.Cleanup(func() {
		if err := db.Close(); err != nil {
			tb.Error(err)
		}
	})
	exec(tb, db, `create table person (id integer primary key, name text unique)`)
	return db
}

func exec(tb testing.TB, db *sql.DB, text string, args ...any) {
	tb.Helper()
	if _, err := db.Exec(text, args...); err != nil {
		tb.Fatalf("%s: %v", text, err)
	}
}

func name(tb testing.TB, db *sql.DB, id int) string {
	tb.Helper()
	var s string
	if err := db.QueryRow(`select name from person where id = $1`, id).Scan(&s); err != nil {
		tb.Fatal(err)
	}
	return s
}

// TestAgain checks that a prepared statement that runs again uses its new arguments.
func TestAgain(t *testing.T) {
	t.Parallel()
	db := open(t)
	for i := range 5 {
		exec(t, db, `insert into person values ($1, $2)`, i, fmt.Sprint("ann", i))
	}
	for i := range 5 {
		if got, want := name(t, db, i), fmt.Sprint("ann", i); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestAfterError checks that a statement can be executed again after it failed.
func TestAfterError(t *testing.T) {
	t.Parallel()
	db := open(t)
	const insert = `insert into person values ($1, $2)`
	exec(t, db, insert, 1, "ann")
	for range 3 {
		if _, err := db.Exec(insert, 2, "ann"); err == nil {
			t.Fatal("got no error for a name that exists")
		}
	}
	exec(t, db, insert, 2, "bob")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := db.ExecContext(ctx, insert, 3, "cid"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
	exec(t, db, insert, 3, "cid")
	if got := name(t, db, 2) + name(t, db, 3); got != "bobcid" {
		t.Errorf("got %q", got)
	}
}

// TestWithinItself checks that an SQL text can be executed while the rows of an
// earlier execution of the same text are being read.
func TestWithinItself(t *testing.T) {
	t.Parallel()
	db := open(t)
	for i := range 3 {
		exec(t, db, `insert into person values ($1, $2)`, i, fmt.Sprint("ann", i))
	}
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	pairs := 0
	eachID(t, tx, func() { eachID(t, tx, func() { pairs++ }) })
	if pairs != 9 {
		t.Errorf("got %d pairs, want 9", pairs)
	}
}

// eachID calls fn for each row while the rows are open.
func eachID(t *testing.T, tx *sql.Tx, fn func()) {
	t.Helper()
	rows, err := tx.Query(`select id from person order by id`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		fn()
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}

// TestScript executes an SQL text with several statements several times. It checks
// that each time all statements are executed.
func TestScript(t *testing.T) {
	t.Parallel()
	db := open(t)
	for range 2 {
		exec(t, db, `insert into person (name) values (null); insert into person (name) values (null);`)
	}
	var n int
	if err := db.QueryRow(`select count(*) from person`).Scan(&n); err != nil || n != 4 {
		t.Errorf("got %d rows (error: %v), want 4", n, err)
	}
}

// TestChangedTable checks that a prepared statement sees a change of its table.
func TestChangedTable(t *testing.T) {
	t.Parallel()
	db := open(t)
	columns := func() int {
		rows, err := db.Query(`select * from person`)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		names, err := rows.Columns()
		if err := errors.Join(err, rows.Err()); err != nil {
			t.Fatal(err)
		}
		return len(names)
	}
	if n := columns(); n != 2 {
		t.Fatalf("got %d columns, want 2", n)
	}
	exec(t, db, `alter table person add column title text`)
	exec(t, db, `insert into person values (1, 'ann', 'lead')`)
	if n := columns(); n != 3 {
		t.Errorf("got %d columns after the change, want 3", n)
	}
}

// TestMany checks that more statements than maxKept can be executed while the rows
// of some of them are being read.
func TestMany(t *testing.T) {
	t.Parallel()
	db := open(t)
	exec(t, db, `insert into person values (1, 'ann')`)
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	held, err := tx.Query(`select name from person`)
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	for i := range 1000 {
		var n int
		if err := tx.QueryRow(fmt.Sprintf(`select id + %d from person`, i)).Scan(&n); err != nil || n != i+1 {
			t.Fatalf("got %d (error: %v), want %d", n, err, i+1)
		}
	}
	var s string
	if !held.Next() || held.Scan(&s) != nil || s != "ann" {
		t.Errorf("got %q from the rows that stayed open (error: %v)", s, held.Err())
	}
}

// BenchmarkKept measures a lookup with a kept statement.
func BenchmarkKept(b *testing.B) { lookUp(b, open(b)) }

// BenchmarkPlain measures the same lookup with the driver that package prepared
// wraps.
func BenchmarkPlain(b *testing.B) {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(b.TempDir(), "plain.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	exec(b, db, `create table person (id integer primary key, name text unique)`)
	lookUp(b, db)
}

func lookUp(b *testing.B, db *sql.DB) {
	b.Helper()
	exec(b, db, `insert into person values (1, 'ann')`)
	b.ResetTimer()
	for range b.N {
		name(b, db, 1)
	}
}
