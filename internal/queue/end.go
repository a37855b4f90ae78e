package queue

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/flexscim/flexscim/internal/logfield"
	"github.com/flexscim/flexscim/internal/reconcile"
	"github.com/flexscim/flexscim/internal/store"
)

// giveBack ends a run whose lease expired or whose job was taken over. It first
// waits until the lease is valid again, because until then another replica may take
// over the job. If the job then still belongs to this run, giveBack makes it
// available immediately. If the job belongs to another run, its row does not change.
func (q *Queue) giveBack(ctx context.Context, job *rivertype.JobRow) error {
	if !q.lease.wait(ctx) {
		return untouched{}
	}
	return q.putBack(ctx, job, 0, failuresOf(job))
}

// putBackTimeout is the maximum time for saving the end of a run. It also applies
// when the queue stops.
const putBackTimeout = 5 * time.Second

// putBack ends a run whose job runs again after a pause, and saves the number of its
// successive failures. If the job does not belong to this run any more, its row does
// not change. If the database is unavailable, the job is still marked as running in
// the database although its run has ended, and Queue.tend releases it later.
func (q *Queue) putBack(ctx context.Context, job *rivertype.JobRow, after time.Duration, failures int) error {
	metadata := fmt.Sprintf(`{%q:{"failures":%d}}`, rivertype.MetadataKeyOutput, failures)
	return q.leave(ctx, job, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.SQL().ExecContext(ctx, putBackSQL(q.Store.Engine()), job.ID, job.Attempt, q.Replica, after.Microseconds(), metadata)
		return err
	})
}

// finish ends a run whose work is done, but whose job is not yet completed in the
// database.
func finish[T river.JobArgs](ctx context.Context, q *Queue, job *river.Job[T]) error {
	return q.leave(ctx, job.JobRow, func(ctx context.Context, tx *store.Tx) error {
		done, err := completeJob(ctx, tx.SQL(), job)
		return q.checkOwner(job.JobRow, done, err)
	})
}

// leave saves the end of a run. It always returns the error untouched, because
// River must not write the row: River does not check whether the job still belongs
// to this run, and uses the clock of this machine.
func (q *Queue) leave(ctx context.Context, job *rivertype.JobRow, save func(context.Context, *store.Tx) error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), putBackTimeout)
	defer cancel()
	err := q.Store.Write(ctx, store.AnyKey, func(tx *store.Tx) error {
		return save(context.WithoutCancel(ctx), tx) // other writes may share the transaction, so ctx must not cancel it
	})
	if err != nil && !errors.Is(err, reconcile.ErrLost) {
		q.Log.Warn("saving the end of a run failed; the job runs again soon", logfield.Job(job.ID), logfield.Err(err))
	}
	return untouched{}
}

var (
	//go:embed sql/put_back.postgres.sql
	putBackPostgres string
	//go:embed sql/put_back.sqlite.sql
	putBackSQLite string
)

// putBackSQL returns a statement that makes job $1 due in $4 microseconds by the
// database's clock, and merges the JSON object $5 into its metadata. It does
// nothing unless attempt $2 of the job is running and belongs to client $3. If the
// job is due in more than 5 s, its state becomes scheduled, as in River. So
// fetches, which read only available jobs, need not skip the job.
func putBackSQL(e store.Engine) string {
	if e == store.PostgreSQL {
		return putBackPostgres
	}
	return putBackSQLite
}
