package pipeline_test

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"testing"

	"github.com/flexscim/flexscim/internal/store/db/pipeline"
	"github.com/flexscim/flexscim/internal/store/storetest"
)

// open opens a database with a table of unique names.
func open(t *testing.T) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", storetest.PostgresURL(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if _, err := db.ExecContext(t.Context(), `create table person (name text primary key, age bigint not null)`); err != nil {
		t.Fatal(err)
	}
	return db
}

func begin(t *testing.T, db *sql.DB) *pipeline.Tx {
	t.Helper()
	tx, err := pipeline.Begin(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := tx.Rollback(); err != nil {
			t.Errorf("roll back after the end: %v", err)
		}
	})
	return tx
}

const (
	insert = `insert into person (name, age) values ($1, $2)`
	older  = `update person set age = age + 1 where age > $1`
	list   = `select name from person order by name`
)

func names(ctx context.Context, tx *pipeline.Tx) (found []string, err error) {
	err = tx.Query(ctx, list, nil, func(r pipeline.Row) error {
		var name string
		err := r.Scan(&name)
		found = append(found, name)
		return err
	})
	return found, err
}

// TestOrder checks that each statement sees the effects of all earlier statements,
// whether these were queued or sent at once.
func TestOrder(t *testing.T) {
	t.Parallel()
	db, ctx := open(t), t.Context()
	tx := begin(t, db)
	tx.Later(insert, "ann", 30)
	tx.Later(insert, "bob", 40)
	if found, err := names(ctx, tx); err != nil || !slices.Equal(found, []string{"ann", "bob"}) {
		t.Fatalf("after two queued statements: %v, %v; want ann and bob", found, err)
	}
	tx.Later(insert, "cid", 50)
	if n, err := tx.Exec(ctx, older, 35); err != nil || n != 2 {
		t.Fatalf("older: %d rows, %v; want 2", n, err)
	}
	tx.Later(insert, "dan", 60)
	theirs, err := tx.SQL(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := theirs.ExecContext(ctx, `delete from person where name = 'dan'`); err != nil {
		t.Fatal(err)
	}
	tx.Later(insert, "eve", 70)
	if err := tx.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	var all string
	if err := db.QueryRowContext(ctx, `select string_agg(name || ' ' || age, ', ' order by name) from person`).Scan(&all); err != nil {
		t.Fatal(err)
	}
	if want := "ann 30, bob 41, cid 51, eve 70"; all != want {
		t.Errorf("got %q, want %q", all, want)
	}
}

// TestLaterFails checks that the next call returns the error of a queued statement, and
// that the transaction stores nothing.
func TestLaterFails(t *testing.T) {
	t.Parallel()
	for name, next := range map[string]func(ctx context.Context, tx *pipeline.Tx) error{
		"query":  func(ctx context.Context, tx *pipeline.Tx) error { _, err := names(ctx, tx); return err },
		"exec":   func(ctx context.Context, tx *pipeline.Tx) error { _, err := tx.Exec(ctx, older, 1); return err },
		"SQL":    func(ctx context.Context, tx *pipeline.Tx) error { _, err := tx.SQL(ctx); return err },
		"commit": func(ctx context.Context, tx *pipeline.Tx) error { return tx.Commit(ctx) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db, ctx := open(t), t.Context()
			tx := begin(t, db)
			tx.Later(insert, "ann", 30)
			tx.Later(insert, "ann", 31)
			tx.Later(insert, "bob", 40)
			if err := next(ctx, tx); err == nil || !strings.Contains(err.Error(), "person_pkey") {
				t.Errorf("got %v, want the error of a taken name", err)
			}
			if err := tx.Rollback(); err != nil {
				t.Error(err)
			}
			var n int
			if err := db.QueryRowContext(ctx, `select count(*) from person`).Scan(&n); err != nil || n != 0 {
				t.Errorf("%d rows are stored, %v; want none", n, err)
			}
		})
	}
}

// TestLostConnection checks that Begin skips connections of the pool that the server
// has closed.
func TestLostConnection(t *testing.T) {
	t.Parallel()
	db, ctx := open(t), t.Context()
	loseIdle(t, db)
	tx := begin(t, db)
	tx.Later(insert, "ann", 30)
	if err := tx.Commit(ctx); err != nil {
		t.Error(err)
	}
}

// loseIdle makes the server close the pool's idle connections.
func loseIdle(t *testing.T, db *sql.DB) {
	t.Helper()
	ctx := t.Context()
	db.SetMaxIdleConns(3)
	var idle []*sql.Conn
	for range 3 {
		c, err := db.Conn(ctx)
		if err != nil {
			t.Fatal(err)
		}
		idle = append(idle, c)
	}
	const kill = `select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`
	if _, err := idle[0].ExecContext(ctx, kill); err != nil {
		t.Fatal(err)
	}
	for _, c := range idle {
		_ = c.Close()
	}
}
