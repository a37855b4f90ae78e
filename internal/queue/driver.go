package queue

import (
	"context"
	"database/sql"
	"time"

	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/rivertype"

	"github.com/flexscim/flexscim/internal/store"
)

// heldDriver adapts River's driver. It records which jobs this process runs, fetches
// jobs only while the lease is valid, and inserts jobs with the time of the database.
type heldDriver struct {
	riverdriver.Driver[*sql.Tx]

	q *Queue
}

// GetExecutor returns the executor with which River runs its statements outside of
// our transactions.
func (d heldDriver) GetExecutor() riverdriver.Executor {
	return heldExecutor{d.Driver.GetExecutor(), d.q}
}

type heldExecutor struct {
	riverdriver.Executor

	q *Queue
}

// JobGetAvailable fetches jobs. If the lease expires during the fetch, another
// replica may have taken over the jobs. So the runs of these jobs are bound to the
// expired lease, and end before their first write.
func (e heldExecutor) JobGetAvailable(ctx context.Context, p *riverdriver.JobGetAvailableParams) (*riverdriver.JobGetAvailableResult, error) {
	lease, valid := e.q.lease.current()
	if !valid {
		return &riverdriver.JobGetAvailableResult{}, nil
	}
	res, err := e.Executor.JobGetAvailable(ctx, p)
	if err == nil && res != nil {
		res.Jobs = e.q.held.add(res.Jobs, lease)
	}
	return res, err
}

// Begin begins the transaction in which River inserts jobs.
func (e heldExecutor) Begin(ctx context.Context) (riverdriver.ExecutorTx, error) {
	tx, err := e.Executor.Begin(ctx)
	if err != nil || e.q.Store.Engine() == store.SQLite {
		return tx, err
	}
	return databaseTime{tx}, nil
}

// databaseTime inserts jobs on PostgreSQL with the time of the database. Without it, the
// driver for database/sql uses the clock of this machine, and each job waits for as
// long as this clock is ahead of the database's clock.
type databaseTime struct{ riverdriver.ExecutorTx }

// JobInsertFastMany inserts jobs. River's statement replaces the zero time by now().
func (t databaseTime) JobInsertFastMany(ctx context.Context, p *riverdriver.JobInsertFastManyParams) ([]*riverdriver.JobInsertFastResult, error) {
	for _, job := range p.Jobs {
		if job.State == rivertype.JobStateAvailable {
			job.CreatedAt, job.ScheduledAt = new(time.Time), new(time.Time)
		}
	}
	return t.ExecutorTx.JobInsertFastMany(ctx, p)
}
