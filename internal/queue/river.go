package queue

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivertype"

	"github.com/flexscim/flexscim/internal/store"
)

// riverVersion is the version of River for which this file, fetch.go, driver.go and
// end.go were written. Only these files rely on more than River's public API, and
// their tests check the code that does so. Before you change the version, read
// River's changelog and the functions in these files. Then run these tests.
const riverVersion = "v0.51.1"

// maxAttempts is the largest value of the column max_attempts (smallint). River
// discards a job after maxAttempts attempts, which must never happen. No job gets
// near this number, because only a run in a process that died counts as an attempt;
// a snoozed run does not.
const maxAttempts = 32767

// With inProcessDriver, an insert wakes the producers of this process in memory,
// because River does this for each driver without a listener (in River's client.go,
// notifyProducerWithoutListenerJobFetch). Without inProcessDriver, the SQLite
// driver would write each notification to a table that it polls every 50 ms, and on
// PostgreSQL the NOTIFY statements would serialise commits. The executor of
// inProcessDriver fetches jobs in our own order (fetch.go).
type inProcessDriver struct {
	riverdriver.Driver[*sql.Tx]

	store *store.Store
}

// GetExecutor returns the executor with which River runs its statements outside of
// our transactions.
func (d inProcessDriver) GetExecutor() riverdriver.Executor {
	return executor{d.Driver.GetExecutor(), d.Driver, d.store}
}

// SupportsListener returns false, so that River wakes producers in memory.
func (inProcessDriver) SupportsListener() bool { return false }

// SupportsListenNotify returns false, so that River writes no notifications.
func (inProcessDriver) SupportsListenNotify() bool { return false }

func newDriver(s *store.Store) riverdriver.Driver[*sql.Tx] {
	if s.Engine() == store.PostgreSQL {
		return inProcessDriver{riverdatabasesql.New(s.DB()), s}
	}
	return inProcessDriver{riversqlite.New(s.DB()), s}
}

// triggerProducers makes River immediately fetch the jobs that were moved up. For
// each River queue, it inserts one of these jobs again. River skips the duplicate,
// but still tells the queue's producer that there is work.
func (q *Queue) triggerProducers(ctx context.Context, moved []waitingJob) error {
	insert := map[string]river.InsertManyParams{} // :: River queue → a job that was moved up in it
	for _, w := range moved {
		insert[queueOf(w.touch.Urgency)] = insertion(wakeup{Touch: w.touch})
	}
	for _, p := range insert {
		if _, err := q.client.Insert(ctx, p.Args, p.InsertOpts); err != nil {
			return fmt.Errorf("trigger the producers: %w", err)
		}
	}
	return nil
}

// untouched is an error that a worker returns if the job's row is already completed
// or belongs to another run. It makes River leave the row unchanged. River treats
// an error with these methods as the results of several jobs (internal/jobexecutor,
// withJobsAndErrorsByID) and saves a result for each job that the error lists. An
// untouched error lists no job.
type untouched struct{}

func (untouched) Error() string { return "the job's row is as it should be" }

// ErrorsByID returns no errors.
func (untouched) ErrorsByID() map[int64]error { return nil }

// Jobs returns no jobs.
func (untouched) Jobs() []*rivertype.JobRow { return nil }

// completeJob completes a job in a transaction. It returns the completed row,
// or rivertype.ErrNotFound. The context must be that of a worker, or derived from
// it. The type parameter tells River how to unwrap the transaction, which works the
// same for both engines.
func completeJob[T river.JobArgs](ctx context.Context, tx *sql.Tx, job *river.Job[T]) (*rivertype.JobRow, error) {
	done, err := river.JobCompleteTx[*riversqlite.Driver](ctx, tx, job)
	if err != nil {
		return nil, err
	}
	return done.JobRow, nil
}

// owns reports whether a job still belongs to this run. The argument job is the row
// as it was when the run began, and the argument current is the row as it is now.
// When River gives a job to a worker, River appends the client's ID to attempted_by
// and increments attempt.
func (q *Queue) owns(job, current *rivertype.JobRow) bool {
	n := len(current.AttemptedBy)
	return current.Attempt == job.Attempt && n > 0 && current.AttemptedBy[n-1] == q.Replica
}

// A row of river_job has one of eight states: available, cancelled, completed,
// discarded, pending, retryable, running, scheduled. A job is live in the five
// states that moveUpSQL lists.
const (
	// lockSQL locks a job against changes by other transactions. It is for PostgreSQL
	// only, because only one transaction at a time can write with SQLite.
	lockSQL = `SELECT 1 FROM river_job WHERE id = $1 FOR UPDATE`

	// resumeSQL makes every waiting job due.
	resumeSQL = `UPDATE river_job SET state = 'available', scheduled_at = CURRENT_TIMESTAMP
		WHERE kind = $1 AND state IN ('retryable', 'scheduled')`

	// reclaimSQL makes all running jobs available again. It is for SQLite only,
	// because no other process can use a SQLite database at the same time.
	reclaimSQL = `UPDATE river_job SET state = 'available' WHERE state = 'running'`

	// releaseSQL makes the running jobs of dead replicas available again. It is for
	// PostgreSQL only.
	releaseSQL = `UPDATE river_job SET state = 'available' WHERE id IN (SELECT id FROM river_job WHERE state = 'running'
		AND NOT EXISTS (SELECT 1 FROM replica WHERE replica_id = ` + ownerPostgres + `) ORDER BY id FOR UPDATE OF river_job SKIP LOCKED)`

	// dueSQL makes jobs available that are due by the database's clock. It is for
	// PostgreSQL only.
	dueSQL = `UPDATE river_job SET state = 'available' WHERE id IN (SELECT id FROM river_job
		WHERE state = 'scheduled' AND scheduled_at <= now() ORDER BY id FOR UPDATE SKIP LOCKED)`

	// ownerPostgres and ownerSQLite return the client to which River last gave a job.
	ownerPostgres = `attempted_by[array_upper(attempted_by, 1)]`
	ownerSQLite   = `attempted_by ->> '$[#-1]'`
)

func ownerSQL(e store.Engine) string {
	if e == store.PostgreSQL {
		return ownerPostgres
	}
	return ownerSQLite
}

// moveUpSQL returns a statement that makes live job $1 due. If the urgency $2 is higher
// than the job's, the job gets this urgency and moves to queue $3. A running job keeps
// running, and its next round has the new urgency.
func moveUpSQL(e store.Engine) string {
	now := `now()`
	if e == store.SQLite {
		now = `CURRENT_TIMESTAMP`
	}
	return `UPDATE river_job SET
		queue = CASE WHEN priority > $2 THEN $3 ELSE queue END,
		priority = CASE WHEN priority > $2 THEN $2 ELSE priority END,
		state = CASE WHEN state = 'running' THEN state ELSE 'available' END,
		scheduled_at = CASE WHEN state = 'running' OR scheduled_at < ` + now + ` THEN scheduled_at ELSE ` + now + ` END
		WHERE id = $1 AND state IN ('available', 'pending', 'retryable', 'running', 'scheduled')`
}

// runningSQL returns a query for the id and attempt of the running jobs of client $1.
func runningSQL(e store.Engine) string {
	return `SELECT id, attempt FROM river_job WHERE state = 'running' AND ` + ownerSQL(e) + ` = $1`
}

// forgottenSQL returns a statement that makes job $1 available again if it is running,
// and if attempt $2 belongs to client $3.
func forgottenSQL(e store.Engine) string {
	return `UPDATE river_job SET state = 'available' WHERE id = $1 AND state = 'running' AND attempt = $2 AND ` + ownerSQL(e) + ` = $3`
}

var (
	//go:embed sql/backlog.postgres.sql
	backlogPostgres string
	//go:embed sql/backlog.sqlite.sql
	backlogSQLite string
)

// backlogSQL returns a query. For each priority, the query counts the jobs that are
// due, the jobs that are running, and the jobs that are due later. It also returns
// the number of seconds since the oldest due job was due.
func backlogSQL(e store.Engine) string {
	if e == store.PostgreSQL {
		return backlogPostgres
	}
	return backlogSQLite
}

// isDeleted reports whether err means that River has deleted the job's row. River
// deletes a row some time after its job has ended.
func isDeleted(err error) bool { return errors.Is(err, rivertype.ErrNotFound) }
