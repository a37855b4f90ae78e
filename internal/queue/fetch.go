package queue

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"

	"github.com/riverqueue/river/riverdriver"

	"github.com/flexscim/flexscim/internal/store"
)

// River fetches jobs by priority, then by the time when they are due. With this
// order, a connection with thousands of leavers would delay another connection's
// only leaver until all of them had run. So fetchSQL fetches by priority, and
// within a priority, connections take turns: the connection that has the fewest
// running jobs is next. If two connections have the same number of running jobs,
// chance decides, so that no connection is always the last.
var (
	//go:embed sql/fetch.postgres.sql
	fetchPostgres string
	//go:embed sql/fetch.sqlite.sql
	fetchSQLite string
)

// fetchSQL marks at most $2 due jobs of queue $1 as running, as River's own
// statement does, and returns their ids. It appends $3, the client's ID, to
// attempted_by, and keeps at most $4 elements of attempted_by. The index turnsIndex
// finds the due jobs of one connection, so the time of a fetch depends on the number
// of connections with due jobs, and not on the number of jobs.
func fetchSQL(e store.Engine) string {
	if e == store.PostgreSQL {
		return fetchPostgres
	}
	return fetchSQLite
}

// turnsIndex is the index for fetchSQL on River's table.
const turnsIndex = `CREATE INDEX IF NOT EXISTS flexscim_turns ON river_job (queue, (args->>'connection'), priority, scheduled_at, id)
	WHERE state = 'available'`

// executor is River's executor, but it fetches jobs in our own order.
type executor struct {
	riverdriver.Executor

	driver riverdriver.Driver[*sql.Tx]
	store  *store.Store
}

// JobGetAvailable fetches jobs for the workers of a queue.
func (e executor) JobGetAvailable(ctx context.Context, p *riverdriver.JobGetAvailableParams) (*riverdriver.JobGetAvailableResult, error) {
	if p.Queue == sweeps || p.Kind != nil || p.Now != nil {
		return e.Executor.JobGetAvailable(ctx, p)
	}
	tx, err := e.store.DB().BeginTx(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("fetch jobs: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // after a commit, Rollback does nothing
	ids, err := fetchIDs(ctx, tx, fetchSQL(e.store.Engine()), p.Queue, p.MaxToLock, p.ClientID, p.MaxAttemptedBy)
	if err != nil {
		return nil, fmt.Errorf("fetch jobs: %w", err)
	}
	if len(ids) == 0 {
		return &riverdriver.JobGetAvailableResult{}, nil
	}
	jobs, err := e.driver.UnwrapExecutor(tx).JobGetByIDMany(ctx, &riverdriver.JobGetByIDManyParams{ID: ids, Schema: p.Schema})
	if err == nil {
		err = tx.Commit()
	}
	if err != nil {
		return nil, fmt.Errorf("fetch jobs: %w", err)
	}
	return &riverdriver.JobGetAvailableResult{Jobs: jobs}, nil
}

func fetchIDs(ctx context.Context, tx *sql.Tx, statement string, args ...any) (ids []int64, err error) {
	rows, err := tx.QueryContext(ctx, statement, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}
