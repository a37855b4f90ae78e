package pipeline

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

const (
	maxRead  = 32               // queries in one round trip
	readWait = 15 * time.Second // for one round trip
)

// errAlone says that a query must be run by itself: something went wrong with
// its round trip, perhaps because of another one in it.
var errAlone = errors.New("the round trip failed")

// Reader runs queries outside of transactions. Those that wait share a round
// trip, and the server's turn to run; where nobody else asks, a query goes at
// once. It is for queries that are answered in a moment: each waits for the
// others of its round trip.
type Reader struct {
	db    *sql.DB
	trips chan struct{} // places for round trips at once

	mu      sync.Mutex
	waiting []*query
}

// NewReader is a Reader with so many round trips at once, on a pool of pgx's.
func NewReader(db *sql.DB, trips int) *Reader {
	return &Reader{db: db, trips: make(chan struct{}, trips)}
}

// query is one query that waits or runs.
type query struct {
	text string
	args []any
	done chan error // its end

	mu   sync.Mutex
	left bool // nobody waits for it any more
	seen bool // it had a row
	scan func(Row) error
}

// leave says that nobody waits any more: scan is not called after it.
func (q *query) leave() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.left = true
}

// read reads what the query has found. fatal is an error of the round trip's,
// wrong one of this query alone.
func (q *query) read(results pgx.BatchResults) (fatal, wrong error) {
	rows, err := results.Query()
	if err != nil {
		return err, nil
	}
	defer rows.Close()
	for rows.Next() {
		if err := q.row(rows); err != nil {
			return nil, err
		}
	}
	return rows.Err(), nil
}

// row hands a row on, if somebody waits for it.
func (q *query) row(r Row) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.left {
		return nil
	}
	q.seen = true
	return q.scan(r)
}

// Query runs a query and calls scan with every row of it, in another goroutine,
// but never after Query has returned. Where its round trip fails it is run
// again by itself, unless a row of it was seen.
func (r *Reader) Query(ctx context.Context, text string, args []any, scan func(Row) error) error {
	q := &query{text: text, args: args, scan: scan, done: make(chan error, 1)}
	r.mu.Lock()
	r.waiting = append(r.waiting, q)
	r.mu.Unlock()
	err := r.wait(ctx, q)
	if errors.Is(err, errAlone) && !q.seen {
		return r.alone(ctx, text, args, scan)
	}
	return err
}

// wait waits until the query has its answer. Where there is a place, it starts
// the round trip.
func (r *Reader) wait(ctx context.Context, q *query) error {
	trips := r.trips
	for {
		select {
		case err := <-q.done:
			return err
		case <-ctx.Done():
			q.leave()
			return ctx.Err()
		case trips <- struct{}{}:
			trips = nil
			go func() { // it is others' round trip, too: it does not end with this caller
				for some := r.take(); len(some) > 0; some = r.take() {
					r.trip(some)
				}
				<-r.trips
			}()
		}
	}
}

// Waiting is how many queries are in no round trip yet.
func (r *Reader) Waiting() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.waiting)
}

// take takes some of those who wait.
func (r *Reader) take() []*query {
	r.mu.Lock()
	defer r.mu.Unlock()
	some := r.waiting
	if len(some) <= maxRead {
		r.waiting = nil
		return some
	}
	r.waiting = slices.Clone(some[maxRead:])
	return some[:maxRead]
}

// trip makes one round trip.
func (r *Reader) trip(some []*query) {
	ctx, cancel := context.WithTimeout(context.Background(), readWait)
	defer cancel()
	conn, err := r.db.Conn(ctx)
	if err == nil {
		err = conn.Raw(func(c any) (err error) {
			some, err = send(ctx, c.(*stdlib.Conn).Conn(), some)
			return err
		})
		err = errors.Join(errAlone, err, conn.Close())
	}
	for _, q := range some {
		q.done <- err
	}
}

// send sends queries and reads their results. left are those without an answer.
func send(ctx context.Context, conn *pgx.Conn, some []*query) (left []*query, err error) {
	batch := &pgx.Batch{}
	for _, q := range some {
		batch.Queue(q.text, q.args...)
	}
	results := conn.SendBatch(ctx, batch)
	for left = some; len(left) > 0; left = left[1:] {
		fatal, wrong := left[0].read(results)
		if fatal != nil {
			return left, errors.Join(fatal, results.Close())
		}
		left[0].done <- wrong
	}
	return nil, results.Close()
}

// each calls scan with every row.
func each(rows pgx.Rows, scan func(Row) error) error {
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// alone runs a query by itself, on a connection that the pool has made sure of.
func (r *Reader) alone(ctx context.Context, text string, args []any, scan func(Row) error) error {
	rows, err := r.db.QueryContext(ctx, text, args...)
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // its error is that of rows.Err
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}
