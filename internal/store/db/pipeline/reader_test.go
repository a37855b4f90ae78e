package pipeline_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/flexscim/flexscim/internal/store/db/pipeline"
)

// text reads one value as text.
func text(ctx context.Context, r *pipeline.Reader, query string, args ...any) (value string, err error) {
	err = r.Query(ctx, query, args, func(row pipeline.Row) error { return row.Scan(&value) })
	return value, err
}

// held returns a Reader that makes one round trip at a time. It has already started
// a round trip, which lasts until the function release is called.
func held(t *testing.T, db *sql.DB) (r *pipeline.Reader, release func()) {
	t.Helper()
	r = pipeline.NewReader(db, 1)
	began, finish, ended := make(chan struct{}), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		err := r.Query(context.Background(), `select 1`, nil, func(pipeline.Row) error {
			close(began)
			<-finish
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}()
	<-began
	return r, func() {
		close(finish)
		<-ended
	}
}

// together runs queries so that they share one round trip.
func together(t *testing.T, db *sql.DB, queries ...string) (values []string, errs []error) {
	t.Helper()
	r, release := held(t, db)
	values, errs = make([]string, len(queries)), make([]error, len(queries))
	var all sync.WaitGroup
	for i, q := range queries {
		all.Go(func() { values[i], errs[i] = text(t.Context(), r, q) })
	}
	for r.Waiting() < len(queries) {
		runtime.Gosched()
	}
	release()
	all.Wait()
	return values, errs
}

// TestShared checks that waiting queries share a round trip, and that each gets its own
// result.
func TestShared(t *testing.T) {
	t.Parallel()
	db := open(t)
	var queries []string
	for i := range 20 {
		queries = append(queries, fmt.Sprintf(`select %d || ' at ' || transaction_timestamp()`, i))
	}
	values, errs := together(t, db, queries...)
	moments := map[string]bool{}
	for i, value := range values {
		number, moment, _ := strings.Cut(value, " at ")
		if errs[i] != nil || number != fmt.Sprint(i) {
			t.Errorf("query %d: got %q, %v", i, value, errs[i])
		}
		moments[moment] = true
	}
	if len(moments) != 1 {
		t.Errorf("the queries took %d round trips, want 1", len(moments))
	}
}

// TestOneFails checks that a failed query does not make the other queries of its
// round trip fail.
func TestOneFails(t *testing.T) {
	t.Parallel()
	const wrong = `select 1 / (select 0)`
	values, errs := together(t, open(t), `select 'first'`, wrong, `select 'third'`)
	if values[0] != "first" || errs[0] != nil || values[2] != "third" || errs[2] != nil {
		t.Errorf("with a failed query in the round trip: got %q, %v", values, errs)
	}
	if errs[1] == nil || !strings.Contains(errs[1].Error(), "division by zero") {
		t.Errorf("got %v, want the error of a division by zero", errs[1])
	}
}

// TestOneScanFails checks that an error that the scan function of a query returns
// reaches only the caller of this query.
func TestOneScanFails(t *testing.T) {
	t.Parallel()
	values, errs := together(t, open(t), `select 'first'`, `select null`, `select 'third'`)
	if values[0] != "first" || errs[0] != nil || values[2] != "third" || errs[2] != nil || errs[1] == nil {
		t.Errorf("got %q, %v; want an error only for the second", values, errs)
	}
}

// TestLeft checks that Query returns as soon as its context ends, and that it does
// not call its scan function any more.
func TestLeft(t *testing.T) {
	t.Parallel()
	r, release := held(t, open(t))
	ctx, cancel := context.WithCancel(t.Context())
	answer := make(chan error)
	called := false
	go func() {
		answer <- r.Query(ctx, `select 2`, nil, func(pipeline.Row) error {
			called = true
			return nil
		})
	}()
	cancel()
	if err := <-answer; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
	release()
	if value, err := text(t.Context(), r, `select '3'`); value != "3" || err != nil || called {
		t.Errorf("after it: got %q, %v, called %v", value, err, called)
	}
}

// TestReadAfterLoss checks that a Reader replaces connections that the server has
// closed.
func TestReadAfterLoss(t *testing.T) {
	t.Parallel()
	db := open(t)
	loseIdle(t, db)
	r := pipeline.NewReader(db, 2)
	if value, err := text(t.Context(), r, `select $1::text`, "here"); value != "here" || err != nil {
		t.Errorf("got %q, %v", value, err)
	}
}

// TestUnavailable checks that every query fails if the server is unavailable.
func TestUnavailable(t *testing.T) {
	t.Parallel()
	db, err := sql.Open("pgx", "postgres://127.0.0.1:1/none?connect_timeout=1")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	r := pipeline.NewReader(db, 1)
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			if _, err := text(t.Context(), r, `select 1`); err == nil {
				t.Error("got a result without a server")
			}
		})
	}
	all.Wait()
}
