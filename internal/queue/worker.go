package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivertype"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/internal/logfield"
	"github.com/flexscim/flexscim/internal/reconcile"
	"github.com/flexscim/flexscim/internal/store"
)

// maxRounds is how often a run looks again because of a newer generation,
// before others get their turn.
const maxRounds = 3

// Reconciler brings one person in Flex to what the IdP last said. It may run
// any number of times. It calls finish inside every recording transaction, with
// done only when no newer change arrived meanwhile.
type Reconciler interface {
	Reconcile(ctx context.Context, key store.PersonKey, finish reconcile.Finish) (reconcile.Outcome, error)
}

// syncWorker runs the jobs of persons.
type syncWorker struct {
	river.WorkerDefaults[syncPerson]
	q *Queue
}

// progress travels with the job from run to run.
type progress struct {
	Failures int `json:"failures"` // one after the other
}

// Work runs a job and puts it off as judge says. It returns no failure to
// River, whose history of errors would grow with each.
func (w *syncWorker) Work(ctx context.Context, job *river.Job[syncPerson]) error {
	start := time.Now()
	held, release := w.q.heart.hold(ctx)
	defer release()
	r := run{urgency: store.Urgency(job.Priority), failures: failuresOf(job.JobRow)}
	v, err := w.q.rounds(held, job, &r)
	switch {
	case v.result == resultDone:
	case errors.Is(err, reconcile.ErrLost) || errors.Is(context.Cause(held), errFenced):
		v, err = verdict{result: resultLost, level: zapcore.WarnLevel}, reconcile.ErrLost
	case errors.Is(ctx.Err(), context.Canceled):
		v, err = verdict{result: resultStopped}, ctx.Err()
	}
	w.q.report(job, r, v, err, time.Since(start))
	switch v.result {
	case resultDone:
		w.q.seen.forget(job.Args.key())
		if r.finished {
			return untouched{}
		}
		return nil
	case resultLost:
		return w.q.giveBack(ctx, job.JobRow)
	case resultStopped:
		return err // River makes it available again
	}
	if v.failed {
		r.failures++
	} else {
		r.failures = 0
	}
	if err := river.RecordOutput(ctx, progress{r.failures}); err != nil {
		return fmt.Errorf("note the progress of job %d: %w", job.ID, err)
	}
	return river.JobSnooze(v.after)
}

// rounds reconciles until nothing newer is wanted, at most maxRounds times.
func (q *Queue) rounds(ctx context.Context, job *river.Job[syncPerson], r *run) (verdict, error) {
	ctx = logfield.With(ctx, logfield.Job(job.ID))
	for range maxRounds {
		marked := flex.WithPriority(ctx, flex.Priority(r.urgency))
		out, err := q.reconcile(marked, job, &r.finished)
		if errors.Is(err, store.ErrNotFound) {
			return verdict{result: resultDone}, nil // nobody: nothing to do, River completes it
		}
		if err == nil && !r.finished && ctx.Err() != nil {
			err = context.Cause(ctx) // it was ended before it did anything
		}
		if err != nil || !out.Again {
			return judge(*r, out, err), err
		}
		q.readUrgency(ctx, job, r)
	}
	return verdict{result: resultAgain}, nil
}

// reconcile calls the Reconciler; a panic is an error.
func (q *Queue) reconcile(ctx context.Context, job *river.Job[syncPerson], finished *bool) (out reconcile.Outcome, err error) {
	defer func() {
		if p := recover(); p != nil {
			q.Log.Error("reconcile panicked", logfield.Job(job.ID), logfield.Panic(p), zap.Stack("stack"))
			err = fmt.Errorf("reconcile: panic: %v", p)
		}
	}()
	*finished = false
	return q.Reconciler.Reconcile(ctx, job.Args.key(), func(tx *store.Tx, done bool) error {
		*finished = false // the transaction may run twice
		if !done {
			return q.hold(ctx, tx, job.JobRow)
		}
		if err := q.complete(ctx, tx, job); err != nil {
			return err
		}
		*finished = true
		return nil
	})
}

// complete completes the job in the recording transaction.
func (q *Queue) complete(ctx context.Context, tx *store.Tx, job *river.Job[syncPerson]) error {
	done, err := river.JobCompleteTx[*riversqlite.Driver](context.WithoutCancel(ctx), tx.SQL(), job)
	switch {
	case errors.Is(err, rivertype.ErrNotFound) && q.Store.Engine() == store.SQLite:
		return nil // deleted in the meantime; nobody else can have it
	case errors.Is(err, rivertype.ErrNotFound):
		return reconcile.ErrLost
	case err != nil:
		return fmt.Errorf("complete job %d: %w", job.ID, err)
	case !q.owns(job.JobRow, done.JobRow):
		return reconcile.ErrLost
	}
	return nil
}

// hold makes sure that the job is this run's until the end of the recording
// transaction.
func (q *Queue) hold(ctx context.Context, tx *store.Tx, job *rivertype.JobRow) error {
	ctx = context.WithoutCancel(ctx) // the transaction may be shared
	if q.Store.Engine() == store.PostgreSQL {
		if _, err := tx.SQL().ExecContext(ctx, `SELECT 1 FROM river_job WHERE id = $1 FOR UPDATE`, job.ID); err != nil {
			return fmt.Errorf("lock job %d: %w", job.ID, err)
		}
	}
	now, err := q.client.JobGetTx(ctx, tx.SQL(), job.ID)
	switch {
	case errors.Is(err, rivertype.ErrNotFound) && q.Store.Engine() == store.SQLite:
		return nil // as in complete
	case errors.Is(err, rivertype.ErrNotFound):
		return reconcile.ErrLost
	case err != nil:
		return fmt.Errorf("read job %d: %w", job.ID, err)
	case now.State != rivertype.JobStateRunning, !q.owns(job, now):
		return reconcile.ErrLost
	}
	return nil
}

// owns reports whether the row, as it is now, is still this run's.
func (q *Queue) owns(job, now *rivertype.JobRow) bool {
	n := len(now.AttemptedBy)
	return now.Attempt == job.Attempt && n > 0 && now.AttemptedBy[n-1] == q.Replica
}

// readUrgency takes over the urgency that a touch gave the job meanwhile.
func (q *Queue) readUrgency(ctx context.Context, job *river.Job[syncPerson], r *run) {
	now, err := q.client.JobGet(ctx, job.ID)
	if err == nil {
		r.urgency = min(r.urgency, store.Urgency(now.Priority))
	}
}

// report logs the run once, and tells the metrics.
func (q *Queue) report(job *river.Job[syncPerson], r run, v verdict, err error, took time.Duration) {
	if q.OnRun != nil {
		q.OnRun(Run{Urgency: r.urgency, Result: v.result, Took: took, Since: max(time.Since(asked(job.JobRow)), took)})
	}
	if entry := q.Log.Check(v.level, "run ended: "+v.result); entry != nil {
		key := job.Args.key()
		entry.Write(logfield.Person(string(key.Connection)+"/"+string(key.User)), logfield.Job(job.ID),
			logfield.Priority(int(r.urgency)), logfield.Duration(took), logfield.RetryAfter(v.after),
			logfield.Kind(string(flex.KindOf(err))), logfield.Err(err))
	}
}

func failuresOf(job *rivertype.JobRow) int {
	var p progress
	if out := job.Output(); out != nil && json.Unmarshal(out, &p) != nil {
		return 0
	}
	return p.Failures
}
