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
	maxRead  = 32               // maximum number of queries in one round trip
	readWait = 15 * time.Second // for one round trip
)

// errAlone means that the round trip failed, perhaps because of another query in
// it, so the query must be sent alone.
var errAlone = errors.New("the round trip failed")

// Reader runs queries outside of transactions. Waiting queries share a round trip; a
// single query is sent immediately. Use a Reader only for queries that take less than
// a millisecond, because each query waits for the other queries in its round trip. A
// Reader is safe for concurrent use.
type Reader struct {
	db    *sql.DB
	trips chan struct{} // contains one value for each round trip that is running

	mu      sync.Mutex
	waiting []*query
}

// NewReader returns a Reader on a pool of pgx connections. The argument trips is
// the maximum number of simultaneous round trips.
func NewReader(db *sql.DB, trips int) *Reader {
	return &Reader{db: db, trips: make(chan struct{}, trips)}
}

// The type query describes a query that waits or runs.
type query struct {
	text string
	args []any
	done chan error // receives the answer

	mu   sync.Mutex
	left bool // its caller no longer waits
	seen bool // scan was called
	scan func(Row) error
}

// leave notes that the caller no longer waits. After that, the function query.scan
// is not called.
func (q *query) leave() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.left = true
}

// read reads the rows of the query. The result fatal is an error of the round trip,
// and wrong is an error of this query only.
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

// query.row passes a row to scan, unless the caller no longer waits.
func (q *query) row(r Row) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.left {
		return nil
	}
	q.seen = true
	return q.scan(r)
}

// Query runs a query. It calls scan with each row in another goroutine, but never
// after Query has returned. If the round trip fails before the first call of scan,
// Query runs the query again, in its own round trip.
func (r *Reader) Query(ctx context.Context, text string, args []any, scan func(Row) error) error {
	q := &query{text: text, args: args, scan: scan, done: make(chan error, 1)}
	r.mu.Lock()
	r.waiting = append(r.waiting, q)
	r.mu.Unlock()
	err := r.wait(ctx, q)
	if errors.Is(err, errAlone) && !q.seen {
		return r.sendAlone(ctx, text, args, scan)
	}
	return err
}

// wait waits for the result of the query. It starts a round trip as soon as the limit
// on simultaneous round trips allows this.
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
			go func() { // other callers share the round trip, so it does not end with ctx
				for some := r.take(); len(some) > 0; some = r.take() {
					r.trip(some)
				}
				<-r.trips
			}()
		}
	}
}

// take removes up to maxRead queries from Reader.waiting and returns them.
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

// trip sends some queries in one round trip.
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

// send sends queries and reads their results. If the round trip fails, it returns the
// queries that have no result yet.
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

// eachRow calls scan with each row of a result from pgx or database/sql.
func eachRow(rows interface {
	Row
	Next() bool
	Err() error
}, scan func(Row) error) error {
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// sendAlone sends a single query in its own round trip. It uses a connection that
// the pool has checked.
func (r *Reader) sendAlone(ctx context.Context, text string, args []any, scan func(Row) error) error {
	rows, err := r.db.QueryContext(ctx, text, args...) //nolint:rowserrcheck // each returns rows.Err
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // rows.Err has its error
	return eachRow(rows, scan)
}
