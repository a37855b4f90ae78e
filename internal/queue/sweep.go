package queue

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/internal/logfield"
	"github.com/flexscim/flexscim/internal/reconcile"
	"github.com/flexscim/flexscim/internal/store"
)

// sweepWorker runs sweeps. All replicas together run one sweep at a time.
type sweepWorker struct {
	river.WorkerDefaults[sweep]
	q *Queue
}

// Timeout returns the time limit of a sweep, which reads the whole workspace.
func (w *sweepWorker) Timeout(*river.Job[sweep]) time.Duration { return sweepTimeout }

// Work calls Config.Sweep. If Config.Sweep fails, the job runs again later.
func (w *sweepWorker) Work(ctx context.Context, job *river.Job[sweep]) error {
	defer w.q.held.remove(job.JobRow)
	if w.q.Sweep == nil {
		return finish(ctx, w.q, job)
	}
	leased, release := w.q.lease.bind(ctx, w.q.held.lease(job.JobRow))
	defer release()
	err := w.q.Sweep(flex.WithPriority(leased, flex.Sweep))
	if err == nil {
		return finish(ctx, w.q, job)
	}
	switch err = interruption(ctx, leased, err); {
	case errors.Is(err, reconcile.ErrLost):
		return w.q.giveBack(ctx, job.JobRow)
	case errors.Is(err, errStopped):
		return w.q.putBack(ctx, job.JobRow, 0, failuresOf(job.JobRow))
	}
	w.q.Log.Warn("sweep failed; retrying", logfield.Job(job.ID), logfield.Err(err))
	failures := failuresOf(job.JobRow) + 1
	return w.q.putBack(ctx, job.JobRow, retryAfter(err, failures, store.Sweeping), failures)
}

// SweepNow starts a sweep unless one is running. A sweep that waits for its retry
// starts immediately.
func (q *Queue) SweepNow(ctx context.Context) error {
	res, err := q.client.Insert(ctx, sweep{}, nil)
	if err == nil && res.UniqueSkippedAsDuplicate && res.Job.State != rivertype.JobStateRunning {
		_, err = q.client.JobRetry(ctx, res.Job.ID)
	}
	if err != nil && !isDeleted(err) {
		return fmt.Errorf("start a sweep: %w", err)
	}
	return nil
}
