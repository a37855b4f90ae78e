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
	"github.com/flexscim/flexscim/internal/store"
)

// sweepWorker runs the sweep: one at a time over all replicas.
type sweepWorker struct {
	river.WorkerDefaults[sweep]
	q *Queue
}

// Timeout is longer than a person's: a sweep reads the whole workspace.
func (w *sweepWorker) Timeout(*river.Job[sweep]) time.Duration { return sweepTimeout }

// Work runs Config.Sweep; one that fails is tried again.
func (w *sweepWorker) Work(ctx context.Context, job *river.Job[sweep]) error {
	if w.q.Sweep == nil {
		return nil
	}
	held, release := w.q.heart.hold(ctx)
	defer release()
	err := w.q.Sweep(flex.WithPriority(held, flex.Sweep))
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil && errors.Is(ctx.Err(), context.Canceled):
		return ctx.Err()
	case !w.q.heart.beats():
		return w.q.giveBack(ctx, job.JobRow)
	}
	w.q.Log.Warn("sweep failed; it is tried again", logfield.Job(job.ID), logfield.Err(err))
	r := run{urgency: store.Sweeping, failures: failuresOf(job.JobRow) + 1}
	if err := river.RecordOutput(ctx, progress{r.failures}); err != nil {
		return fmt.Errorf("note the progress of the sweep: %w", err)
	}
	return river.JobSnooze(r.retry(err, 0).after)
}

// SweepNow asks for a sweep, where none waits or runs. One that was put off
// after a failure is tried at once.
func (q *Queue) SweepNow(ctx context.Context) error {
	res, err := q.client.Insert(ctx, sweep{}, nil)
	if err == nil && res.UniqueSkippedAsDuplicate && res.Job.State != rivertype.JobStateRunning {
		_, err = q.client.JobRetry(ctx, res.Job.ID)
	}
	if err != nil && !errors.Is(err, rivertype.ErrNotFound) {
		return fmt.Errorf("ask for a sweep: %w", err)
	}
	return nil
}
